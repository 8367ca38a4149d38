# frozen_string_literal: true

# Runs the page's Ruby: values and set-up, then call by call. Reads the request from standard input.

require 'json'

begin
  require 'aws-sdk-cloudfront'
rescue LoadError
  $LOAD_PATH.unshift(File.join(__dir__, 'documented'))
end

request = JSON.parse($stdin.read)
scope = binding
scope.local_variable_set(:key_pair_id, request.fetch('keyPairId'))
scope.local_variable_set(:private_key, request.fetch('privateKey'))
scope.eval(request.fetch('setUp'))
puts JSON.generate(request.fetch('calls').map { |call| scope.eval(call) })
