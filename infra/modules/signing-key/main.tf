# Only the container. `cargo dev deploy` makes the signing key and puts it, the operator the login of the mail server: neither ever lies
# in Terraform's state.

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  description             = var.description
  recovery_window_in_days = var.recovery_days
}
