output "name" {
  description = "Full name."
  value       = aws_s3_bucket.this.bucket
}
