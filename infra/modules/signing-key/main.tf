# Only the container. `cargo dev deploy` makes the key and puts it, so that it never lies in Terraform's state.

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  description             = var.description
  recovery_window_in_days = var.recovery_days
}
