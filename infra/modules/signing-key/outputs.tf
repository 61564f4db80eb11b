output "id" {
  description = "Id that the functions are given."
  value       = aws_secretsmanager_secret.this.name
}
