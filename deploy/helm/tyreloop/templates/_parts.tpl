{{/* The programs: what each runs, is asked, and may know. A secret NAME=KEY takes another name inside. */}}
{{- define "programs" -}}
api:
  image: flask-app
  port: 5002
  ready: /readyz
  alive: /healthz
  user: tyreloop_api
  secrets: [SECRET_KEY, ALERT_TOKEN, RELEASE_VERIFY_KEY, MLFLOW_TRACKING_PASSWORD, POSTGRES_PASSWORD=API_DB_PASSWORD]
  reaches: [registry]
  reached: [ingress, pages, schedule]
pages:
  image: streamlit-app
  port: 8501
  ready: /_stcore/health
  alive: /_stcore/health
  user: tyreloop_pages
  secrets: [SECRET_KEY, RELEASE_SIGNING_KEY, MLFLOW_TRACKING_PASSWORD, POSTGRES_PASSWORD=PAGES_DB_PASSWORD]
  reaches: [api, registry]
  reached: [ingress]
registry:
  image: mlflow
  port: 5000
  ready: /ready
  alive: /ready
  secrets: [MLFLOW_DB_PASSWORD, MLFLOW_TRACKING_PASSWORD]
  reached: [api, pages, schedule, worker, first-model]
schedule:
  image: crontab
  exec: [tyreloop, jobs, alive]
  user: tyreloop_tasks
  secrets: [ALERT_TOKEN, MLFLOW_TRACKING_PASSWORD, POSTGRES_PASSWORD=TASKS_DB_PASSWORD, "SLACK_WEBHOOK_URL?", "DISCORD_WEBHOOK_URL?"]
  reaches: [api, registry]
worker:
  image: worker
  exec: [python, -m, tyreloop.worker, alive]
  user: tyreloop_worker
  secrets: [SECRET_KEY, MLFLOW_TRACKING_PASSWORD, BROKER_URL, POSTGRES_PASSWORD=WORKER_DB_PASSWORD]
  reaches: [registry]
{{- end }}

{{- define "labels" -}}
app.kubernetes.io/name: tyreloop
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "image" -}}
{{ .root.Values.images }}-{{ .image }}:{{ .root.Values.version | default .root.Chart.AppVersion }}{{ with index .root.Values.digests .image }}@{{ . }}{{ end }}
{{- end }}

{{- define "pod-security" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "container-security" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "env" }}
{{- range $secret := .program.secrets }}
{{- $optional := hasSuffix "?" $secret }}
{{- $pair := splitList "=" (trimSuffix "?" $secret) }}
- name: {{ first $pair }}
  valueFrom: {secretKeyRef: {name: {{ $.root.Values.secret }}, key: {{ last $pair }}{{ if $optional }}, optional: true{{ end }}}}
{{- end }}
{{- range $key := list "S3_ACCESS_KEY_ID" "S3_SECRET_ACCESS_KEY" }}
- name: {{ $key | replace "S3_" "AWS_" }}
  valueFrom: {secretKeyRef: {name: {{ $.root.Values.secret }}, key: {{ $key }}, optional: true}} # none: the pod's own role
{{- end }}
{{- $postgres := .root.Values.postgres }}
{{- $settings := dict
  "API_URL" (printf "http://%s-api:5002" .root.Release.Name)
  "MLFLOW_TRACKING_URI" (printf "http://%s-registry:5000" .root.Release.Name)
  "MLFLOW_TRACKING_USERNAME" "tyreloop"
  "MLFLOW_ARTIFACTS_DESTINATION" (printf "s3://%s/models" .root.Values.s3.bucket)
  "PHOTO_STORE_URL" (printf "s3://%s/photos" .root.Values.s3.bucket)
  "S3_ENDPOINT_URL" .root.Values.s3.endpoint
  "S3_REGION" .root.Values.s3.region
  "AWS_DEFAULT_REGION" .root.Values.s3.region
  "POSTGRES_HOST" $postgres.host
  "POSTGRES_PORT" $postgres.port
  "POSTGRES_DB" $postgres.database
  "POSTGRES_USER" (.program.user | default "tyreloop")
  "PGSSLMODE" $postgres.sslmode
  "PUBLIC_HOST" .root.Values.host
  "PAGES_URL" (printf "https://%s" .root.Values.host)
  "ALLOWED_HOSTS" (printf "%s,%s-api" .root.Values.host .root.Release.Name)
  "PROXY_TRUSTED" "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
  "METRICS_FROM" "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
  "ALERT_JUDGE" "job"
}}
{{- if .program.image | eq "mlflow" }}
{{- $store := printf "postgresql+psycopg2://mlflow:$(MLFLOW_DB_PASSWORD)@%s:%s/mlflow?sslmode=%s" $postgres.host $postgres.port $postgres.sslmode }}
{{- $settings = dict
  "_MLFLOW_SERVER_FILE_STORE" $store
  "_MLFLOW_SERVER_REGISTRY_STORE" $store
  "_MLFLOW_SERVER_ARTIFACT_DESTINATION" (printf "s3://%s/models" .root.Values.s3.bucket)
  "MLFLOW_LOGIN" "tyreloop:$(MLFLOW_TRACKING_PASSWORD)"
  "MLFLOW_SERVER_ALLOWED_HOSTS" (printf "%s-registry:5000" .root.Release.Name)
  "AWS_ENDPOINT_URL" .root.Values.s3.endpoint
  "AWS_DEFAULT_REGION" .root.Values.s3.region
}}
{{- end }}
{{- range $name, $value := merge (deepCopy .root.Values.settings) $settings }}
{{- if $value }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
{{- end }}
