# A root of your own beside ours: its own state, its own role, its own names.
# What it needs to know of our stack, it reads from SSM; it never reads our state.

terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }

  # Bucket and region: terraform init -backend-config=bucket=… -backend-config=region=…
  backend "s3" {
    key          = "video-ingest/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

variable "project" {
  type        = string
  description = "projectName of the environment"
  default     = "storytime"
}

variable "environment" {
  type        = string
  description = "dev, prod, …"
}

variable "region" {
  type        = string
  description = "awsRegion of the environment"
}

variable "backup_region" {
  type        = string
  description = "where copies of masters are kept"
}

variable "webhook_url" {
  type        = string
  description = "address of your backend that hears that a job has ended"
}

variable "notify_package" {
  type        = string
  description = "path of a zip file with notify.mjs in it"
}

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "backup"
  region = var.backup_region
}

data "aws_caller_identity" "current" {}

# Not secret, so `insecure_value`: `value` would hide every name below in plans.
data "aws_ssm_parameter" "app_config" {
  name = "/${var.project}/${var.environment}/app_config"
}

locals {
  # Not `${var.project}-…`: our deploy roles may change what has such a name.
  name  = "video-ingest-${var.environment}"
  video = jsondecode(data.aws_ssm_parameter.app_config.insecure_value)

  masters_arn = "arn:aws:s3:::${local.video.MASTER_UPLOADS_BUCKET}"
  # Null where `encryption` is 'aws-owned'.
  key_arn = try(local.video.ENCRYPTION_KEY_ARN, null)
}
