-- actions by day
SELECT
  `t7`.`account_id`,
  `t7`.`topic`,
  `t7`.`person_id`,
  `t7`.`visitor_id`,
  `t7`.`category`,
  CAST(`t7`.`occurred_at` AS DATE) AS `day`,
  COUNT(*) AS `actions`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t5`.`signal_id`,
      `t5`.`account_id`,
      `t5`.`person_id`,
      `t5`.`visitor_id`,
      `t5`.`topic`,
      `t5`.`category`,
      `t5`.`action`,
      `t5`.`weight`,
      `t5`.`occurred_at`,
      `t5`.`recorded_at`,
      `t5`.`known_at`
    FROM (
      SELECT
        *
      FROM `signals` AS `t0`
      WHERE
        `t0`.`known_at` < CAST('2025-01-06T00:00:00' AS TIMESTAMP)
    ) AS `t5`
    LEFT SEMI JOIN (
      SELECT DISTINCT
        *
      FROM `given_rows` AS `t1`
    ) AS `t4`
      ON `t5`.`account_id` = `t4`.`account_id` AND `t5`.`topic` = `t4`.`topic`
  ) AS `t6`
  WHERE
    `t6`.`occurred_at` >= CAST('2024-07-08T00:00:00' AS TIMESTAMP)
) AS `t7`
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6;

-- first days
SELECT
  `t6`.`account_id`,
  `t6`.`topic`,
  `t6`.`person_id`,
  `t6`.`visitor_id`,
  CAST(MIN(`t6`.`occurred_at`) AS DATE) AS `first_seen`
FROM (
  SELECT
    `t5`.`signal_id`,
    `t5`.`account_id`,
    `t5`.`person_id`,
    `t5`.`visitor_id`,
    `t5`.`topic`,
    `t5`.`category`,
    `t5`.`action`,
    `t5`.`weight`,
    `t5`.`occurred_at`,
    `t5`.`recorded_at`,
    `t5`.`known_at`
  FROM (
    SELECT
      *
    FROM `signals` AS `t0`
    WHERE
      `t0`.`known_at` < CAST('2025-01-06T00:00:00' AS TIMESTAMP)
  ) AS `t5`
  LEFT SEMI JOIN (
    SELECT DISTINCT
      *
    FROM `given_rows` AS `t1`
  ) AS `t4`
    ON `t5`.`account_id` = `t4`.`account_id` AND `t5`.`topic` = `t4`.`topic`
) AS `t6`
GROUP BY
  1,
  2,
  3,
  4;

-- recognised visitors
SELECT
  `t7`.`account_id`,
  `t7`.`visitor_id`,
  `t7`.`person_id`,
  MAX(`t7`.`known_at`) AS `seen`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t5`.`signal_id`,
      `t5`.`account_id`,
      `t5`.`person_id`,
      `t5`.`visitor_id`,
      `t5`.`topic`,
      `t5`.`category`,
      `t5`.`action`,
      `t5`.`weight`,
      `t5`.`occurred_at`,
      `t5`.`recorded_at`,
      `t5`.`known_at`
    FROM (
      SELECT
        *
      FROM `signals` AS `t0`
      WHERE
        `t0`.`known_at` < CAST('2025-01-06T00:00:00' AS TIMESTAMP)
    ) AS `t5`
    LEFT SEMI JOIN (
      SELECT DISTINCT
        *
      FROM `given_rows` AS `t1`
    ) AS `t4`
      ON `t5`.`account_id` = `t4`.`account_id`
  ) AS `t6`
  WHERE
    `t6`.`person_id` IS NOT NULL AND `t6`.`visitor_id` IS NOT NULL
) AS `t7`
GROUP BY
  1,
  2,
  3;
