# A copy of every master in another region. It needs `mastersVersioning: true`: S3 replicates versioned buckets only.

# A bucket has one replication configuration. Our stack makes none: this is the only one.
resource "aws_s3_bucket_replication_configuration" "masters" {
  bucket = local.video.MASTER_UPLOADS_BUCKET
  role   = aws_iam_role.replication.arn

  rule {
    id     = "backup"
    status = "Enabled"

    filter {}

    # A master that somebody deletes stays in the copy.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = aws_s3_bucket.backup.arn

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.backup.arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.backup, aws_iam_role_policy.replication]
}

# The bucket of copies is yours, with everything that belongs to it.
resource "aws_s3_bucket" "backup" {
  provider = aws.backup
  bucket   = "${local.video.MASTER_UPLOADS_BUCKET}-backup"
}

resource "aws_s3_bucket_public_access_block" "backup" {
  provider                = aws.backup
  bucket                  = aws_s3_bucket.backup.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "backup" {
  provider = aws.backup
  bucket   = aws_s3_bucket.backup.id

  versioning_configuration {
    status = "Enabled"
  }
}

# A key of your own, in the region of the copies: ours is in another one.
resource "aws_kms_key" "backup" {
  provider            = aws.backup
  description         = "${local.name}: copies of masters"
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backup" {
  provider = aws.backup
  bucket   = aws_s3_bucket.backup.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.backup.arn
    }
  }
}

resource "aws_iam_role" "replication" {
  name = "${local.name}-replication"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
        ArnLike      = { "aws:SourceArn" = local.masters_arn }
      }
    }]
  })
}

data "aws_iam_policy_document" "replication" {
  statement {
    sid       = "FindMasters"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.masters_arn]
  }

  statement {
    sid       = "ReadMasters"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${local.masters_arn}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.backup.arn}/*"]
  }

  statement {
    sid       = "EncryptCopies"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.backup.arn]
  }

  dynamic "statement" {
    for_each = local.key_arn[*]

    content {
      sid       = "DecryptMasters"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "replication" {
  name   = "replicate"
  role   = aws_iam_role.replication.id
  policy = data.aws_iam_policy_document.replication.json
}
