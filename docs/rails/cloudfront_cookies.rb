# frozen_string_literal: true

require 'json'
require 'openssl'

# Signed cookies for everything under one folder of a CloudFront distribution, as raw Set-Cookie lines.
class CloudfrontCookies
  FOLDER = %r{\A(?:/(?!\.{1,2}(?:/|\z))[A-Za-z0-9._~-]+)+\z} # '/books/42': no wildcard, nothing encoded, no '..'
  HOST = /\A[a-z0-9-]+(?:\.[a-z0-9-]+)+\z/ # nothing that could begin another attribute of a cookie
  KEY_PAIR_ID = /\A[A-Za-z0-9][A-Za-z0-9-]{0,63}\z/

  def initialize(secret_json, host:, cookie_domain:)
    secret = JSON.parse(secret_json)
    @key_pair_id = secret.fetch('keyPairId')
    @key = OpenSSL::PKey.read(secret.fetch('privateKey'), '') # RSA 2048 or P-256; never asks for a passphrase
    raise ArgumentError, 'the secret holds no key pair id of CloudFront' unless KEY_PAIR_ID.match?(@key_pair_id)
    raise ArgumentError, 'host and cookie_domain must be host names' unless [host, cookie_domain].all?(HOST)
    @host, @cookie_domain = host, cookie_domain
  rescue JSON::ParserError, KeyError, OpenSSL::PKey::PKeyError
    raise ArgumentError, 'the signing secret is not { "keyPairId", "privateKey" }', cause: nil # a cause would quote it
  end

  def set_cookie_lines(folder, expires_at:)
    attributes = attributes(folder)
    policy = JSON.generate(Statement: [{ Resource: "https://#{@host}#{folder}/*",
                                         Condition: { DateLessThan: { 'AWS:EpochTime' => expires_at.to_i } } }])
    { 'Policy' => encode(policy), 'Signature' => encode(@key.sign('SHA1', policy)), 'Key-Pair-Id' => @key_pair_id }
      .map { |name, value| "CloudFront-#{name}=#{value}; #{attributes}" }
  end

  def clear_cookie_lines(folder)
    %w[Policy Expires Signature Key-Pair-Id Hash-Algorithm]
      .map { |name| "CloudFront-#{name}=; #{attributes(folder)}; Max-Age=0" }
  end

  private

  def attributes(folder)
    raise ArgumentError, 'the folder must be literal, such as /books/42' unless FOLDER.match?(folder)
    "Domain=#{@cookie_domain}; Path=#{folder}/; Secure; HttpOnly; SameSite=Lax"
  end

  def encode(bytes) = [bytes].pack('m0').tr('+=/', '-_~')
end
