# The end of a MediaConvert job: a rule of your own on the same queue, and a Lambda function that tells your backend.
# Our own rule and its queue of events (`jobEvents`) stay as they are; every rule gets every event.

resource "aws_cloudwatch_event_rule" "job_ended" {
  name        = "${local.name}-job-ended"
  description = "A MediaConvert job has ended"

  event_pattern = jsonencode({
    source      = ["aws.mediaconvert"]
    detail-type = ["MediaConvert Job State Change"]
    detail = {
      queue  = [local.video.MEDIACONVERT_QUEUE_ARN]
      status = ["COMPLETE", "ERROR", "CANCELED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "job_ended" {
  rule      = aws_cloudwatch_event_rule.job_ended.name
  target_id = "notify"
  arn       = aws_lambda_function.notify.arn

  depends_on = [aws_lambda_permission.job_ended]
}

resource "aws_lambda_permission" "job_ended" {
  statement_id  = "AllowJobEnded"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.notify.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.job_ended.arn
}

resource "aws_lambda_function" "notify" {
  function_name    = "${local.name}-notify"
  role             = aws_iam_role.notify.arn
  runtime          = "nodejs22.x"
  handler          = "notify.handler"
  filename         = var.notify_package
  source_code_hash = filebase64sha256(var.notify_package)
  timeout          = 10

  environment {
    variables = {
      WEBHOOK_URL = var.webhook_url
    }
  }
}

resource "aws_iam_role" "notify" {
  name = "${local.name}-notify"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "notify_logs" {
  name = "logs"
  role = aws_iam_role.notify.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:aws:logs:${var.region}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/${local.name}-notify:*"
    }]
  })
}
