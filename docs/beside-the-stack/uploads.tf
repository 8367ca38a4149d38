# An upload of a master: S3 tells EventBridge, a rule picks the masters, a queue keeps them for a worker.

# A bucket has one notification configuration. Our stack makes none: this is the only one.
resource "aws_s3_bucket_notification" "masters" {
  bucket      = local.video.MASTER_UPLOADS_BUCKET
  eventbridge = true
}

resource "aws_cloudwatch_event_rule" "uploaded" {
  name        = "${local.name}-uploaded"
  description = "A master was uploaded"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [local.video.MASTER_UPLOADS_BUCKET] }
      object = { key = [{ prefix = local.video.MASTER_UPLOADS_PREFIX }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "uploaded" {
  rule      = aws_cloudwatch_event_rule.uploaded.name
  target_id = "queue"
  arn       = aws_sqs_queue.uploads.arn

  # Events that come before the policy would be lost.
  depends_on = [aws_sqs_queue_policy.uploads]
}

# Encrypted by SQS itself: the policy of our KMS key allows no service except CloudFront.
resource "aws_sqs_queue" "uploads" {
  name                    = "${local.name}-uploads"
  sqs_managed_sse_enabled = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.refused.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "refused" {
  name                      = "${local.name}-refused"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

data "aws_iam_policy_document" "uploads" {
  statement {
    sid       = "AllowUploads"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.uploads.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.uploaded.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "uploads" {
  queue_url = aws_sqs_queue.uploads.url
  policy    = data.aws_iam_policy_document.uploads.json
}

# What your worker may do: read the queue and the masters. To start a job it needs the app policy as well.
data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "WorkOffUploads"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.uploads.arn]
  }

  # No statement in the policy of our bucket is needed: in one account this one is enough.
  statement {
    sid       = "ReadMasters"
    actions   = ["s3:GetObject"]
    resources = ["${local.masters_arn}/${local.video.MASTER_UPLOADS_PREFIX}*"]
  }

  # Nor one in the policy of our key: it leaves the account's roles to IAM.
  dynamic "statement" {
    for_each = local.key_arn[*]

    content {
      sid       = "DecryptMasters"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_policy" "worker" {
  name   = "${local.name}-worker"
  policy = data.aws_iam_policy_document.worker.json
}

output "uploads_queue_url" {
  value = aws_sqs_queue.uploads.url
}

output "worker_policy_arn" {
  value = aws_iam_policy.worker.arn
}
