-- tiles, rolled up
SELECT
  "t1"."account_id",
  "t1"."topic",
  "t1"."person_id",
  "t1"."visitor_id",
  "t1"."category",
  "t1"."action",
  "t1"."occurred",
  "t1"."known",
  CAST(SUM("t1"."number") AS INT) AS "number",
  SUM("t1"."high") AS "high",
  SUM("t1"."middle") AS "middle",
  SUM("t1"."low") AS "low"
FROM (
  SELECT
    "t0"."account_id",
    "t0"."topic",
    "t0"."person_id",
    IFF("t0"."person_id" IS NULL, "t0"."visitor_id", NULL) AS "visitor_id",
    CASE "t0"."category"
      WHEN 'named'
      THEN 0
      WHEN 'anonymous'
      THEN 1
      WHEN 'qualified_lead'
      THEN 2
      WHEN 'third_party_intent'
      THEN 3
      ELSE NULL
    END AS "category",
    "t0"."action",
    CAST(DATEDIFF(DAY, DATE_FROM_PARTS(1970, 1, 1), TO_DATE("t0"."occurred_at")) AS INT) AS "occurred",
    CAST(DATEDIFF(DAY, DATE_FROM_PARTS(1970, 1, 1), TO_DATE("t0"."known_at")) AS INT) AS "known",
    1 AS "number",
    CAST(FLOOR(LEAST("t0"."weight", 9007199254740992.0)) AS BIGINT) AS "high",
    CAST((
      CAST(FLOOR(
        (
          (
            LEAST("t0"."weight", 9007199254740992.0) - CAST(FLOOR(LEAST("t0"."weight", 9007199254740992.0)) AS BIGINT)
          ) * 1125899906842624
        ) + 0.5
      ) AS BIGINT) - (
        CAST(FLOOR(
          (
            (
              LEAST("t0"."weight", 9007199254740992.0) - CAST(FLOOR(LEAST("t0"."weight", 9007199254740992.0)) AS BIGINT)
            ) * 1125899906842624
          ) + 0.5
        ) AS BIGINT) % 33554432
      )
    ) / 33554432 AS BIGINT) AS "middle",
    CAST(FLOOR(
      (
        (
          LEAST("t0"."weight", 9007199254740992.0) - CAST(FLOOR(LEAST("t0"."weight", 9007199254740992.0)) AS BIGINT)
        ) * 1125899906842624
      ) + 0.5
    ) AS BIGINT) % 33554432 AS "low"
  FROM "signals" AS "t0"
) AS "t1"
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8;
