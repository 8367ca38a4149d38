# Reads requests as a JSON array from standard input, and answers with a form or the message of a refusal for each.
require 'json'
require_relative '../../docs/rails/master_uploads'

client = Aws::S3::Client.new(endpoint: ENV.fetch('AWS_ENDPOINT_URL'), force_path_style: true)
uploads = MasterUploads.new(client: client)
answers = JSON.parse($stdin.read).map do |request|
  uploads.form(request['bookId'], content_type: request['contentType'])
rescue ArgumentError => e
  { refusal: e.message }
end
puts JSON.generate(answers)
