# The cell eu1 on LocalStack, for the test that applies Terraform for real. Daily local runs make the same resources from the
# same lists without Terraform, in a second instead of two minutes.

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # `terraform init -backend-config=path=…` says where the state lies.
  backend "local" {}
}

locals {
  cell = "eu1"
}

provider "aws" {
  region                      = jsondecode(file("${path.module}/../../resources.json")).cells[local.cell].region
  access_key                  = var.access_key
  secret_key                  = var.secret_key
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {
    cloudwatch     = var.endpoint
    cloudwatchlogs = var.endpoint
    dynamodb       = var.endpoint
    iam            = var.endpoint
    lambda         = var.endpoint
    s3             = var.endpoint
    secretsmanager = var.endpoint
    sns            = var.endpoint
    sqs            = var.endpoint
    sts            = var.endpoint
  }
}

module "cell" {
  source = "../../modules/cell"

  environment = var.environment
  cell        = local.cell
  edge_url    = var.edge_url
  package_dir = var.package_dir
  mail_from   = "Attune <no-reply@attune.example>"
  smtp_url    = var.smtp_url
  local = {
    endpoint          = var.endpoint
    dynamodb_endpoint = var.dynamodb_endpoint
    architecture      = var.architecture
  }
}
