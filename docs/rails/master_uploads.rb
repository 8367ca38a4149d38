# frozen_string_literal: true

require 'aws-sdk-s3'

# Presigned POSTs: a browser sends one master into the uploads bucket, within what the environment allows.
class MasterUploads
  LARGEST_POST_BYTES = 5 * 1024**3 # S3's bound for one POST, whatever MASTER_UPLOADS_MAX_BYTES allows in parts
  ID = /\A[A-Za-z0-9_-]{1,64}\z/ # no slash: an id names one folder

  def initialize(client: Aws::S3::Client.new)
    @bucket = Aws::S3::Bucket.new(ENV.fetch('MASTER_UPLOADS_BUCKET'), client: client)
    @prefix = ENV.fetch('MASTER_UPLOADS_PREFIX')
    @content_types = ENV.fetch('MASTER_UPLOADS_CONTENT_TYPES').split(',')
    @max_bytes = [Integer(ENV.fetch('MASTER_UPLOADS_MAX_BYTES'), 10), LARGEST_POST_BYTES].min
    @expiry_seconds = Integer(ENV.fetch('MASTER_UPLOADS_EXPIRY_SECONDS'), 10)
  end

  # What the browser needs for one form; `key` is where the master will be.
  def form(book_id, content_type:)
    raise ArgumentError, 'book_id: expected 1 to 64 letters, digits, - or _' unless ID.match?(book_id.to_s)
    unless @content_types.include?(content_type)
      raise ArgumentError, "content_type: expected #{@content_types.join(', ')}"
    end

    key = "#{@prefix}#{book_id}/master"
    post = @bucket.presigned_post(
      key: key, content_type: content_type, content_length_range: 1..@max_bytes,
      signature_expiration: Time.now + @expiry_seconds
    )
    { url: post.url, fields: post.fields, key: key }
  end
end
