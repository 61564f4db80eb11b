# The cells of production, each in its region. A new cell: its line in infra/resources.json, a provider, a module and its lines in
# outputs.tf here (README.md, "Deploy to a new region"). A provider's configuration cannot be looped over, hence one block each.

terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # `terraform init -backend-config=…` names bucket, key and region: they belong to the operator's account.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

locals {
  environment = "production"
  cells       = jsondecode(file("${path.module}/../../resources.json")).cells
}

provider "aws" {
  alias               = "eu1"
  region              = local.cells["eu1"].region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { product = "attune", environment = local.environment, cell = "eu1" }
  }
}

module "eu1" {
  source = "../../modules/cell"
  count  = contains(var.cells, "eu1") ? 1 : 0

  providers = { aws = aws.eu1 }

  environment     = local.environment
  cell            = "eu1"
  edge_url        = var.edge_urls["eu1"]
  package_dir     = var.package_dir
  edge_key_labels = var.edge_key_labels
  alarm_emails    = var.alarm_emails
  mail_from       = var.mail_from
  smtp_url        = lookup(var.smtp_urls, "eu1", null)
}

provider "aws" {
  alias               = "us1"
  region              = local.cells["us1"].region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { product = "attune", environment = local.environment, cell = "us1" }
  }
}

module "us1" {
  source = "../../modules/cell"
  count  = contains(var.cells, "us1") ? 1 : 0

  providers = { aws = aws.us1 }

  environment     = local.environment
  cell            = "us1"
  edge_url        = var.edge_urls["us1"]
  package_dir     = var.package_dir
  edge_key_labels = var.edge_key_labels
  alarm_emails    = var.alarm_emails
  mail_from       = var.mail_from
  smtp_url        = lookup(var.smtp_urls, "us1", null)
}
