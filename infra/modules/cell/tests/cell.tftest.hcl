# The whole cell, planned against a mock: names, permissions, and what the edge is told.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  environment = "staging"
  cell        = "eu1"
  edge_url    = "https://api.example.com"
  package_dir = "/nonexistent"
  mail_from   = "Attune <no-reply@example.com>"
}

run "on_aws" {
  command = plan

  assert {
    condition = output.edge_config == {
      environment          = "staging"
      cell                 = "eu1"
      region               = "eu-west-1"
      sqs_queue_url_prefix = "https://sqs.eu-west-1.amazonaws.com/123456789012/attune-staging-"
      dynamodb_endpoint    = "https://dynamodb.eu-west-1.amazonaws.com"
      s3_endpoint          = "https://s3.eu-west-1.amazonaws.com"
      s3_path_style        = false
      bucket_audio         = "attune-staging-eu1-123456789012-audio"
      table_prefix         = "attune-staging-"
    }
    error_message = "The Worker's configuration has another shape or other values."
  }

  assert {
    condition     = output.tables == { for name in ["calls", "chat", "identity", "tuning"] : name => "attune-staging-${name}" }
    error_message = "Tables are named attune-<env>-<name>."
  }

  assert {
    condition     = toset(keys(output.buckets)) == toset(["audio", "raw", "dead-letters", "audit", "chat"])
    error_message = "A bucket of the list is missing."
  }

  assert {
    condition     = output.dead_letter_queues["record-change"] == "attune-staging-record-change-dlq"
    error_message = "Dead-letter queues are named <queue>-dlq."
  }

  assert {
    condition     = toset(keys(output.policies)) == toset(concat(keys(local.resources.functions), ["edge"]))
    error_message = "Every function of the list, and the edge, has a policy of its own."
  }

  # Least privilege: no action with a wildcard, and wildcards in resources only where a name ends.
  assert {
    condition = alltrue(flatten([
      for policy in values(output.policies) : [for statement in policy.Statement : [for action in statement.Action : !strcontains(action, "*")]]
    ]))
    error_message = "A policy allows a wildcard action."
  }

  assert {
    condition = alltrue(flatten([
      for policy in values(output.policies) : [
        for statement in policy.Statement : [for resource in statement.Resource : can(regex("attune-staging-[a-z0-9-]+((/[a-z]+)?/\\*|:\\*|-\\?{6})?$", resource))]
      ]
    ]))
    error_message = "A policy reaches beyond one resource of this environment."
  }

  assert {
    condition = contains([
      for statement in output.policies["optimize-run"].Statement : statement.Resource
      if contains(statement.Action, "secretsmanager:GetSecretValue")
    ], ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:attune-staging-signing-key-??????"])
    error_message = "optimize-run reads the signing key."
  }

  assert {
    condition     = length([for s in output.policies["record-change"].Statement : s if contains(s.Action, "secretsmanager:GetSecretValue")]) == 0
    error_message = "record-change has no business with the signing key."
  }

  assert {
    condition = join(",", flatten([
      for statement in output.policies["send-mail"].Statement : statement.Resource if contains(statement.Action, "secretsmanager:GetSecretValue")
    ])) == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:attune-staging-smtp-??????"
    error_message = "send-mail reads the login of the mail server, and no other secret."
  }

  assert {
    condition = (
      local.functions["send-mail"].environment["ATTUNE_SMTP_URL"] == "smtps://email-smtp.eu-west-1.amazonaws.com:465" &&
      local.functions["send-mail"].environment["ATTUNE_MAIL_FROM"] == "Attune <no-reply@example.com>"
    )
    error_message = "Mail goes by Amazon SES of the region where no server is named, with TLS from the first byte."
  }

  assert {
    condition = join(",", flatten([
      for statement in output.policies["edge"].Statement : statement.Resource if strcontains(join(",", statement.Resource), "-raw")
    ])) == "arn:aws:s3:::attune-staging-eu1-123456789012-raw/outbox/*"
    error_message = "The edge writes spilled messages, and nothing else of that bucket."
  }

  assert {
    condition = alltrue([
      for name in ["ingest-snapshot", "optimize-run", "record-change", "record-chat", "send-mail"] : join(",", flatten([
        for statement in output.policies[name].Statement : statement.Resource if contains(statement.Action, "s3:GetObject")
      ])) == "arn:aws:s3:::attune-staging-eu1-123456789012-raw/outbox/*"
    ])
    error_message = "Whom the edge feeds reads spilled messages."
  }

  assert {
    condition     = toset(flatten([for s in output.policies["park-dead-letters"].Statement : s.Resource if contains(s.Action, "sqs:DeleteMessage")])) == toset(values(local.dlq_arns))
    error_message = "Parking consumes every dead-letter queue and nothing else."
  }

  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.park : mapping.function_response_types == toset(["ReportBatchItemFailures"])])
    error_message = "Parking reports partial batch failures."
  }

  assert {
    condition     = local.functions["ingest-snapshot"].reserved_concurrency == 50 && !contains(keys(local.functions["ingest-snapshot"].environment), "AWS_ENDPOINT_URL_DYNAMODB")
    error_message = "On AWS concurrency is reserved and no endpoint is overridden."
  }

  assert {
    condition     = local.queues["ingest-snapshot"].batch_window_s == 1
    error_message = "On AWS the window of the list holds."
  }
}

run "locally" {
  command = plan

  variables {
    environment = "local"
    local       = { endpoint = "http://127.0.0.1:4566", dynamodb_endpoint = "http://127.0.0.1:4567", architecture = "x86_64" }
  }

  assert {
    condition = output.edge_config == {
      environment          = "local"
      cell                 = "eu1"
      region               = "eu-west-1"
      sqs_queue_url_prefix = "http://127.0.0.1:4566/123456789012/attune-local-"
      dynamodb_endpoint    = "http://127.0.0.1:4567"
      s3_endpoint          = "http://127.0.0.1:4566"
      s3_path_style        = true
      bucket_audio         = "attune-local-audio"
      table_prefix         = "attune-local-"
    }
    error_message = "The local Worker's configuration has another shape or other values."
  }

  assert {
    condition     = local.queues["ingest-snapshot"].batch_window_s == 0 && local.queues["ingest-snapshot"].maximum_concurrency == 4
    error_message = "Local overrides of a queue hold."
  }

  assert {
    condition     = local.functions["ingest-snapshot"].environment["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:4567"
    error_message = "Local functions talk to the engine."
  }
}

run "unknown_cell" {
  command         = plan
  expect_failures = [var.cell]

  variables {
    cell = "mars1"
  }
}

run "bad_environment" {
  command         = plan
  expect_failures = [var.environment]

  variables {
    environment = "Staging_1"
  }
}

run "bad_edge_url" {
  command         = plan
  expect_failures = [var.edge_url]

  variables {
    edge_url = "https://api.example.com/"
  }
}

run "login_in_the_address" {
  command         = plan
  expect_failures = [var.smtp_url]

  variables {
    smtp_url = "smtps://user:secret@smtp.example.com"
  }
}

run "bad_sender" {
  command         = plan
  expect_failures = [var.mail_from]

  variables {
    mail_from = "nobody"
  }
}
