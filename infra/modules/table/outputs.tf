output "name" {
  description = "Full name."
  value       = aws_dynamodb_table.this.name
}
