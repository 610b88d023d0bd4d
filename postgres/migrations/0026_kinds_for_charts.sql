-- Charts compare the kinds that models name with those that reviewers let stand.

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

CREATE VIEW monitoring.kinds AS
WITH standing AS (
    SELECT DISTINCT ON (prediction_id) prediction_id, kinds FROM reviews
    WHERE undone_at IS NULL AND label <> 'unknown' ORDER BY prediction_id, reviewed_at DESC, id DESC
)
SELECT predictions.made_at, predictions.model_version::text AS model_version, predictions.answer, named.kind,
       named.by_model, standing.prediction_id IS NOT NULL AS is_reviewed,
       coalesce(named.kind = ANY (standing.kinds), false) AS stands
FROM predictions LEFT JOIN standing ON standing.prediction_id = predictions.id
CROSS JOIN LATERAL (
    SELECT said ->> 'kind' AS kind, true AS by_model FROM jsonb_array_elements(predictions.kinds) AS said
    WHERE (said ->> 'is_sure')::boolean
    UNION ALL
    SELECT kind, false FROM unnest(standing.kinds) AS kind
    WHERE NOT predictions.kinds @> jsonb_build_array(jsonb_build_object('kind', kind, 'is_sure', true))
) AS named
WHERE NOT predictions.is_demo AND (predictions.kinds <> '[]' OR standing.kinds <> '{}');
COMMENT ON VIEW monitoring.kinds IS
    'Each kind of damage that a model named, or that a reviewer named and the model did not, without the visitor.';
GRANT SELECT ON monitoring.kinds TO tyreloop_app, tyreloop_jobs, grafana_reader;
