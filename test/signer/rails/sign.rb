# frozen_string_literal: true

# The test's way to the signer in docs/rails: the constructor's and one method's arguments as JSON on standard input.
require_relative '../../../docs/rails/cloudfront_cookies'

request = JSON.parse($stdin.read)
begin
  cookies = CloudfrontCookies.new(request['secret'], host: request['host'], cookie_domain: request['cookieDomain'])
  answers = request['folders'].map do |folder|
    next cookies.clear_cookie_lines(folder) if request['clear']

    cookies.set_cookie_lines(folder, expires_at: Time.at(request['expiresAt']))
  rescue ArgumentError => e
    e.message
  end
  puts JSON.generate(answers: answers, inspect: cookies.inspect)
rescue StandardError => e
  puts JSON.generate(error: e.class.name, message: e.message, cause: e.cause&.message)
end
