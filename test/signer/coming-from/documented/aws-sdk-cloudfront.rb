# frozen_string_literal: true

# Signs in the form that AWS documents for the gem of this name, where the gem is not installed. It is not the gem's code.
# https://docs.aws.amazon.com/sdk-for-ruby/v3/api/Aws/CloudFront/UrlSigner.html
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html

require 'json'
require 'openssl'
require 'time'

module Aws
  module CloudFront
    # What both signers share: a canned policy for an expiry, or a custom one without its white space.
    class DocumentedSigner
      def initialize(key_pair_id:, private_key:)
        @key_pair_id = key_pair_id
        @key = OpenSSL::PKey.read(private_key)
      end

      private

      def fields(url, expires, policy)
        return signed({ 'Policy' => wire(without_space(policy)) }, without_space(policy)) if policy

        seconds = seconds_of(expires)
        condition = { DateLessThan: { 'AWS:EpochTime' => seconds } }
        signed({ 'Expires' => seconds.to_s }, JSON.generate(Statement: [{ Resource: url, Condition: condition }]))
      end

      def signed(first, text)
        first.merge('Signature' => wire(@key.sign('SHA1', text)), 'Key-Pair-Id' => @key_pair_id)
      end

      # Documented as Time, DateTime, Date, String or Integer.
      def seconds_of(expires)
        return expires if expires.is_a?(Integer)

        expires.is_a?(String) ? Time.parse(expires).to_i : expires.to_time.to_i
      end

      def without_space(policy) = policy.gsub(/\s/, '')

      def wire(bytes) = [bytes].pack('m0').tr('+=/', '-_~')
    end

    class UrlSigner < DocumentedSigner
      def signed_url(url, expires: nil, policy: nil)
        query = fields(url, expires, policy).map { |name, value| "#{name}=#{value}" }.join('&')
        "#{url}#{url.include?('?') ? '&' : '?'}#{query}"
      end
    end

    class CookieSigner < DocumentedSigner
      def signed_cookie(url, expires: nil, policy: nil)
        fields(url, expires, policy).transform_keys { |name| "CloudFront-#{name}" }
      end
    end
  end
end
