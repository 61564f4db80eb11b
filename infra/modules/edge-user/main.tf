# The user as which the Worker signs its calls (decision 6). A Worker has no identity that AWS trusts, hence keys: two may live
# at once, so that rotation adds one, deploys, and takes the other away. Federation can replace them later.

resource "aws_iam_user" "this" {
  name = var.name
}

resource "aws_iam_user_policy" "this" {
  name   = "own-calls"
  user   = aws_iam_user.this.name
  policy = jsonencode(local.policy)
}

resource "aws_iam_access_key" "this" {
  for_each = var.key_labels

  user = aws_iam_user.this.name
}

locals {
  policy = {
    Version   = "2012-10-17"
    Statement = [for statement in var.statements : { Effect = "Allow", Action = statement.actions, Resource = [statement.resource] }]
  }
}
