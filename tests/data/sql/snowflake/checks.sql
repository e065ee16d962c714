-- query 1
SELECT
  COUNT(*) AS "m0",
  COUNT_IF(TRUE) AS "m1",
  COUNT_IF(
    TRUE
    AND NOT (
      COALESCE(
        (
          "t1"."bgml_value_account_id" IS NULL
        )
        OR (
          "t1"."bgml_value_employees" IN (CAST('Inf' AS DOUBLE), CAST('-Inf' AS DOUBLE))
          OR (
            "t1"."bgml_value_employees" = CAST('NaN' AS DOUBLE)
          )
        ),
        FALSE
      )
    )
  ) AS "m2",
  COUNT("t1"."bgml_value_name") AS "m3",
  COUNT("t1"."bgml_value_employees") AS "m4",
  COUNT_IF((
    "t1"."account_id" = ''
  ) OR (
    "t1"."name" = ''
  )) AS "m5"
FROM (
  SELECT
    "t0"."account_id",
    "t0"."name",
    "t0"."employees",
    "t0"."account_id" AS "bgml_value_account_id",
    "t0"."name" AS "bgml_value_name",
    CAST(NULL AS VARCHAR) AS "bgml_value_domain",
    CAST(NULL AS VARCHAR) AS "bgml_value_industry",
    "t0"."employees" AS "bgml_value_employees",
    CAST(NULL AS DOUBLE) AS "bgml_value_revenue",
    CAST(NULL AS VARCHAR) AS "bgml_value_region",
    CAST(NULL AS VARCHAR) AS "bgml_value_segment",
    CAST(NULL AS VARCHAR) AS "bgml_value_owner"
  FROM "memory"."main"."accounts" AS "t0"
) AS "t1";

-- query 2
SELECT
  COUNT(*) AS "n"
FROM (
  SELECT
    "t2"."bgml_value_account_id"
  FROM (
    SELECT
      "t1"."bgml_value_account_id",
      COUNT(*) AS "bgml_copy"
    FROM (
      SELECT
        "t0"."account_id",
        "t0"."name",
        "t0"."employees",
        "t0"."account_id" AS "bgml_value_account_id",
        "t0"."name" AS "bgml_value_name",
        CAST(NULL AS VARCHAR) AS "bgml_value_domain",
        CAST(NULL AS VARCHAR) AS "bgml_value_industry",
        "t0"."employees" AS "bgml_value_employees",
        CAST(NULL AS DOUBLE) AS "bgml_value_revenue",
        CAST(NULL AS VARCHAR) AS "bgml_value_region",
        CAST(NULL AS VARCHAR) AS "bgml_value_segment",
        CAST(NULL AS VARCHAR) AS "bgml_value_owner"
      FROM "memory"."main"."accounts" AS "t0"
    ) AS "t1"
    GROUP BY
      1
  ) AS "t2"
  WHERE
    "t2"."bgml_copy" > 1
) AS "t3";

-- query 3
SELECT
  COUNT(*) AS "m0"
FROM (
  SELECT
    "t5"."held"
  FROM (
    SELECT
      "t0"."account_id" AS "held"
    FROM "memory"."main"."signals" AS "t0"
    WHERE
      "t0"."account_id" IS NOT NULL
  ) AS "t5"
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM (
        SELECT
          "t1"."account_id" AS "found"
        FROM "memory"."main"."accounts" AS "t1"
      ) AS "t4"
      WHERE
        "t5"."held" = "t4"."found"
    )
) AS "t6";

-- query 4
SELECT
  COUNT(*) AS "m0",
  COUNT_IF(TRUE) AS "m1",
  COUNT_IF(
    TRUE
    AND NOT (
      COALESCE(
        (
          "t1"."bgml_value_signal_id" IS NULL
        )
        OR (
          "t1"."bgml_value_account_id" IS NULL
        )
        OR (
          "t1"."bgml_value_topic" IS NULL
        )
        OR (
          "t1"."bgml_value_category" IS NULL
        )
        OR NOT (
          "t1"."bgml_value_category" IN ('named', 'anonymous', 'qualified_lead', 'third_party_intent')
        )
        OR (
          "t1"."bgml_value_action" IS NULL
        )
        OR (
          "t1"."bgml_value_weight" IN (CAST('Inf' AS DOUBLE), CAST('-Inf' AS DOUBLE))
          OR (
            "t1"."bgml_value_weight" = CAST('NaN' AS DOUBLE)
          )
        )
        OR (
          "t1"."bgml_value_weight" < 0
        )
        OR (
          "t1"."bgml_value_occurred_at" IS NULL
        )
        OR (
          TRUE
          AND (
            "t1"."bgml_value_occurred_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
          )
        )
        OR (
          TRUE
          AND (
            "t1"."bgml_value_occurred_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
          )
        )
        OR (
          TRUE
          AND (
            "t1"."bgml_value_recorded_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
          )
        )
        OR (
          TRUE
          AND (
            "t1"."bgml_value_recorded_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
          )
        ),
        FALSE
      )
    )
  ) AS "m2",
  COUNT_IF(
    (
      "t1"."bgml_value_recorded_at" < "t1"."bgml_value_occurred_at"
    )
    AND (
      TRUE
      AND NOT (
        COALESCE(
          (
            "t1"."bgml_value_signal_id" IS NULL
          )
          OR (
            "t1"."bgml_value_account_id" IS NULL
          )
          OR (
            "t1"."bgml_value_topic" IS NULL
          )
          OR (
            "t1"."bgml_value_category" IS NULL
          )
          OR NOT (
            "t1"."bgml_value_category" IN ('named', 'anonymous', 'qualified_lead', 'third_party_intent')
          )
          OR (
            "t1"."bgml_value_action" IS NULL
          )
          OR (
            "t1"."bgml_value_weight" IN (CAST('Inf' AS DOUBLE), CAST('-Inf' AS DOUBLE))
            OR (
              "t1"."bgml_value_weight" = CAST('NaN' AS DOUBLE)
            )
          )
          OR (
            "t1"."bgml_value_weight" < 0
          )
          OR (
            "t1"."bgml_value_occurred_at" IS NULL
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          ),
          FALSE
        )
      )
    )
  ) AS "m3",
  COUNT("t1"."bgml_value_person_id") AS "m4",
  COUNT("t1"."bgml_value_visitor_id") AS "m5",
  COUNT("t1"."bgml_value_weight") AS "m6",
  COUNT("t1"."bgml_value_recorded_at") AS "m7",
  COUNT_IF(
    (
      "t1"."signal_id" = ''
    )
    OR (
      "t1"."account_id" = ''
    )
    OR (
      "t1"."person_id" = ''
    )
    OR (
      "t1"."visitor_id" = ''
    )
    OR (
      "t1"."topic" = ''
    )
    OR (
      "t1"."category" = ''
    )
    OR (
      "t1"."action" = ''
    )
  ) AS "m8",
  MIN(
    IFF(
      TRUE
      AND NOT (
        COALESCE(
          (
            "t1"."bgml_value_signal_id" IS NULL
          )
          OR (
            "t1"."bgml_value_account_id" IS NULL
          )
          OR (
            "t1"."bgml_value_topic" IS NULL
          )
          OR (
            "t1"."bgml_value_category" IS NULL
          )
          OR NOT (
            "t1"."bgml_value_category" IN ('named', 'anonymous', 'qualified_lead', 'third_party_intent')
          )
          OR (
            "t1"."bgml_value_action" IS NULL
          )
          OR (
            "t1"."bgml_value_weight" IN (CAST('Inf' AS DOUBLE), CAST('-Inf' AS DOUBLE))
            OR (
              "t1"."bgml_value_weight" = CAST('NaN' AS DOUBLE)
            )
          )
          OR (
            "t1"."bgml_value_weight" < 0
          )
          OR (
            "t1"."bgml_value_occurred_at" IS NULL
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          ),
          FALSE
        )
      ),
      GREATEST(
        "t1"."bgml_value_occurred_at",
        COALESCE("t1"."bgml_value_recorded_at", "t1"."bgml_value_occurred_at")
      ),
      NULL
    )
  ) AS "m9",
  MAX(
    IFF(
      TRUE
      AND NOT (
        COALESCE(
          (
            "t1"."bgml_value_signal_id" IS NULL
          )
          OR (
            "t1"."bgml_value_account_id" IS NULL
          )
          OR (
            "t1"."bgml_value_topic" IS NULL
          )
          OR (
            "t1"."bgml_value_category" IS NULL
          )
          OR NOT (
            "t1"."bgml_value_category" IN ('named', 'anonymous', 'qualified_lead', 'third_party_intent')
          )
          OR (
            "t1"."bgml_value_action" IS NULL
          )
          OR (
            "t1"."bgml_value_weight" IN (CAST('Inf' AS DOUBLE), CAST('-Inf' AS DOUBLE))
            OR (
              "t1"."bgml_value_weight" = CAST('NaN' AS DOUBLE)
            )
          )
          OR (
            "t1"."bgml_value_weight" < 0
          )
          OR (
            "t1"."bgml_value_occurred_at" IS NULL
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_occurred_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" < TIMESTAMP_FROM_PARTS(1990, 1, 1, 0, 0, 0, 0)
            )
          )
          OR (
            TRUE
            AND (
              "t1"."bgml_value_recorded_at" >= TIMESTAMP_FROM_PARTS(2025, 1, 7, 12, 0, 0, 0)
            )
          ),
          FALSE
        )
      ),
      GREATEST(
        "t1"."bgml_value_occurred_at",
        COALESCE("t1"."bgml_value_recorded_at", "t1"."bgml_value_occurred_at")
      ),
      NULL
    )
  ) AS "m10"
FROM (
  SELECT
    "t0"."signal_id",
    "t0"."account_id",
    "t0"."person_id",
    "t0"."visitor_id",
    "t0"."topic",
    "t0"."category",
    "t0"."action",
    "t0"."weight",
    "t0"."occurred_at",
    "t0"."recorded_at",
    "t0"."signal_id" AS "bgml_value_signal_id",
    "t0"."account_id" AS "bgml_value_account_id",
    "t0"."person_id" AS "bgml_value_person_id",
    "t0"."visitor_id" AS "bgml_value_visitor_id",
    "t0"."topic" AS "bgml_value_topic",
    "t0"."category" AS "bgml_value_category",
    "t0"."action" AS "bgml_value_action",
    "t0"."weight" AS "bgml_value_weight",
    "t0"."occurred_at" AS "bgml_value_occurred_at",
    "t0"."recorded_at" AS "bgml_value_recorded_at"
  FROM "memory"."main"."signals" AS "t0"
) AS "t1";

-- query 5
SELECT
  COUNT(*) AS "n"
FROM (
  SELECT
    "t2"."bgml_value_signal_id"
  FROM (
    SELECT
      "t1"."bgml_value_signal_id",
      COUNT(*) AS "bgml_copy"
    FROM (
      SELECT
        "t0"."signal_id",
        "t0"."account_id",
        "t0"."person_id",
        "t0"."visitor_id",
        "t0"."topic",
        "t0"."category",
        "t0"."action",
        "t0"."weight",
        "t0"."occurred_at",
        "t0"."recorded_at",
        "t0"."signal_id" AS "bgml_value_signal_id",
        "t0"."account_id" AS "bgml_value_account_id",
        "t0"."person_id" AS "bgml_value_person_id",
        "t0"."visitor_id" AS "bgml_value_visitor_id",
        "t0"."topic" AS "bgml_value_topic",
        "t0"."category" AS "bgml_value_category",
        "t0"."action" AS "bgml_value_action",
        "t0"."weight" AS "bgml_value_weight",
        "t0"."occurred_at" AS "bgml_value_occurred_at",
        "t0"."recorded_at" AS "bgml_value_recorded_at"
      FROM "memory"."main"."signals" AS "t0"
    ) AS "t1"
    GROUP BY
      1
  ) AS "t2"
  WHERE
    "t2"."bgml_copy" > 1
) AS "t3";
