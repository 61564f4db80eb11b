locals {
  keys = concat(
    [var.definition.partition_key, var.definition.sort_key],
    flatten([for index in var.definition.indexes : [index.partition_key, index.sort_key]]),
  )
  # DynamoDB wants each key attribute declared once, however many indexes share it.
  attributes = { for key in local.keys : key.name => key.type... }
}

resource "aws_dynamodb_table" "this" {
  name                        = "${var.prefix}${var.definition.name}"
  billing_mode                = var.definition.billing_mode
  hash_key                    = var.definition.partition_key.name
  range_key                   = var.definition.sort_key.name
  deletion_protection_enabled = var.definition.deletion_protection && var.deletion_protection

  dynamic "attribute" {
    for_each = local.attributes

    content {
      name = attribute.key
      type = attribute.value[0]
    }
  }

  dynamic "global_secondary_index" {
    for_each = { for index in var.definition.indexes : index.name => index }

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition_key.name
      range_key       = global_secondary_index.value.sort_key.name
      projection_type = "ALL"
    }
  }

  ttl {
    enabled        = true
    attribute_name = var.definition.ttl_attribute
  }

  point_in_time_recovery {
    enabled = var.definition.point_in_time_recovery
  }

  server_side_encryption {
    enabled = var.definition.encryption == "aws-managed"
  }
}
