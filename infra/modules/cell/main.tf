# Everything that one cell has in its region, from the one list of resources and the one list of tables.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  resources = jsondecode(file("${path.module}/../../resources.json"))
  tables = {
    for file in fileset("${path.module}/../../../migrations/tables", "*.json") :
    trimsuffix(file, ".json") => jsondecode(file("${path.module}/../../../migrations/tables/${file}"))
  }

  is_local  = var.local != null
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id

  prefix = "attune-${var.environment}-"
  # IAM is global in an account, so cells of one account need names of their own.
  global_prefix = "attune-${var.environment}-${var.cell}-"
  # Bucket names are global across all accounts: with the account's number nobody else can hold one.
  bucket_prefix = local.is_local ? local.prefix : "attune-${var.environment}-${var.cell}-${local.account}-"

  queues = {
    for name, queue in local.resources.queues : name => merge(queue, local.is_local ? queue.local : {}, { visibility_timeout_s = queue.visibility_timeout_s })
  }
  # The short local visibility time-outs are for developers' tries; what Terraform makes has AWS's, checked against the time-outs.
  dead_letters = merge(local.resources.dead_letters, local.is_local ? local.resources.dead_letters.local : {}, {
    visibility_timeout_s = local.resources.dead_letters.visibility_timeout_s
  })
  runtime = merge(local.resources.function_runtime, local.is_local ? { architecture = var.local.architecture } : {})

  # What a permission's resource stands for. A secret's ARN ends in a hyphen and six characters of AWS's choice.
  arns = merge(
    { for name, _ in local.queues : "queue:${name}" => "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.prefix}${name}" },
    { for name, _ in local.queues : "queue:${name}-dlq" => "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.prefix}${name}-dlq" },
    { for name, _ in local.tables : "table:${name}" => "arn:${local.partition}:dynamodb:${local.region}:${local.account}:table/${local.prefix}${name}" },
    { for name, _ in local.resources.buckets : "bucket:${name}" => "arn:${local.partition}:s3:::${local.bucket_prefix}${name}/*" },
    { for name, _ in local.resources.secrets : "secret:${name}" => "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${local.prefix}${name}-??????" },
  )
  # A permission on a folder of a bucket, `bucket:<name>/<folder>`, stands beside those on whole buckets.
  permissions = merge(local.resources.edge_user.permissions, [for function in values(local.resources.functions) : function.permissions]...)
  grant_arns = merge(local.arns, {
    for resource in keys(local.permissions) : resource => "${trimsuffix(local.arns[split("/", resource)[0]], "*")}${split("/", resource)[1]}/*"
    if strcontains(resource, "/")
  })
  dlq_arns = { for name, _ in local.queues : name => "${local.arns["queue:${name}"]}-dlq" }

  sqs_endpoint      = local.is_local ? var.local.endpoint : "https://sqs.${local.region}.amazonaws.com"
  s3_endpoint       = local.is_local ? var.local.endpoint : "https://s3.${local.region}.amazonaws.com"
  dynamodb_endpoint = local.is_local ? coalesce(var.local.dynamodb_endpoint, var.local.endpoint) : "https://dynamodb.${local.region}.amazonaws.com"
  queue_url_prefix  = "${local.sqs_endpoint}/${local.account}/${local.prefix}"

  # Every value that a function may ask for by name. A name that is not here fails the plan.
  environment = {
    ATTUNE_ENV                   = var.environment
    ATTUNE_CELL                  = var.cell
    ATTUNE_TABLE_PREFIX          = local.prefix
    ATTUNE_BUCKET_PREFIX         = local.bucket_prefix
    ATTUNE_QUEUE_URL_PREFIX      = local.queue_url_prefix
    ATTUNE_EDGE_URL              = var.edge_url
    ATTUNE_SIGNING_KEY_SECRET_ID = "${local.prefix}signing-key"
    ATTUNE_SMTP_URL              = coalesce(var.smtp_url, "smtps://email-smtp.${local.region}.amazonaws.com:465")
    ATTUNE_SMTP_SECRET_ID        = "${local.prefix}smtp"
    ATTUNE_MAIL_FROM             = var.mail_from
    AWS_ENDPOINT_URL_DYNAMODB    = local.dynamodb_endpoint
  }

  functions = {
    for name, function in local.resources.functions : name => {
      memory_mb = function.memory_mb
      timeout_s = function.timeout_s
      # Nothing else runs in a local account, and its quota is not AWS's.
      reserved_concurrency = local.is_local ? -1 : function.reserved_concurrency
      environment = {
        for variable in concat(function.environment, local.is_local ? local.resources.function_runtime.local.environment : []) :
        variable => local.environment[variable]
      }
      statements = [for resource, actions in function.permissions : { actions = actions, resource = local.grant_arns[resource] }]
    }
  }
}

module "telemetry" {
  source = "../telemetry"

  prefix       = local.prefix
  alarm_emails = var.alarm_emails
}

module "table" {
  source   = "../table"
  for_each = local.tables

  prefix              = local.prefix
  definition          = each.value
  deletion_protection = !local.is_local
}

module "bucket" {
  source   = "../bucket"
  for_each = local.resources.buckets

  name          = "${local.bucket_prefix}${each.key}"
  expire_days   = each.value.expire_days
  lock_days     = try(each.value.lock_days, null)
  force_destroy = local.is_local
}

module "signing_key" {
  source   = "../signing-key"
  for_each = local.resources.secrets

  name          = "${local.prefix}${each.key}"
  description   = "JSON: ${join(", ", each.value.holds)}"
  recovery_days = local.is_local ? 0 : 7
}

module "queue_worker" {
  source   = "../queue-worker"
  for_each = local.queues

  prefix       = local.prefix
  role_prefix  = local.global_prefix
  name         = each.key
  queue        = each.value
  dead_letters = local.dead_letters
  function     = local.functions[each.value.function]
  runtime      = local.runtime
  package_dir  = var.package_dir
  alarm_topic  = module.telemetry.topic_arn
}

# One function parks the dead letters of all queues.
module "park" {
  source = "../function"

  name                 = "${local.prefix}${local.dead_letters.function}"
  role_name            = "${local.global_prefix}${local.dead_letters.function}"
  memory_mb            = local.functions[local.dead_letters.function].memory_mb
  timeout_s            = local.functions[local.dead_letters.function].timeout_s
  reserved_concurrency = local.functions[local.dead_letters.function].reserved_concurrency
  environment          = local.functions[local.dead_letters.function].environment
  statements           = local.functions[local.dead_letters.function].statements
  consumes             = values(local.dlq_arns)
  runtime              = local.runtime
  package              = "${var.package_dir}/${local.dead_letters.function}.zip"
  alarm_topic          = module.telemetry.topic_arn
}

resource "aws_lambda_event_source_mapping" "park" {
  for_each = local.dlq_arns

  # The ARN is built from the name; the queue must be there all the same.
  depends_on = [module.queue_worker]

  event_source_arn                   = each.value
  function_name                      = module.park.arn
  batch_size                         = local.dead_letters.batch_size
  maximum_batching_window_in_seconds = local.dead_letters.batch_window_s
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = local.dead_letters.maximum_concurrency
  }
}

module "edge_user" {
  source = "../edge-user"

  name       = "${local.global_prefix}edge"
  key_labels = var.edge_key_labels
  statements = [
    for resource, actions in local.resources.edge_user.permissions : { actions = actions, resource = local.grant_arns[resource] }
  ]
}
