# json-jwt (Debian ruby-json-jwt) for the interoperability tests; doc.go has the contract of the commands.
require "active_support/json"
require "json/jwt"
require "openssl"

# Active Support, on which json-jwt builds, would write <, > and & of claims as escapes: the same claims in other bytes.
ActiveSupport::JSON::Encoding.escape_html_entities_in_json = false

# SHA256Wrapping adds to JSON::JWE what it lacks, RSA-OAEP with SHA-256: the content key is wrapped and unwrapped by Ruby's
# openssl. Header, content encryption and compact form stay json-jwt's.
class SHA256Wrapping < JSON::JWE
  OAEP = { "rsa_padding_mode" => "oaep", "rsa_oaep_md" => "sha256", "rsa_mgf1_md" => "sha256" }.freeze

  private

  def jwe_encrypted_key
    @jwe_encrypted_key ||= public_key_or_secret.encrypt(content_encryption_key, OAEP)
  end

  def decrypt_content_encryption_key
    raise UnexpectedAlgorithm, alg.to_s unless alg == "RSA-OAEP-256"

    private_key_or_secret.decrypt(@jwe_encrypted_key, OAEP)
  end
end

def load_key(path)
  JSON::JWK.new(JSON.parse(File.read(path)))
end

def seal(path, cty, plain)
  key = load_key(path)
  message = SHA256Wrapping.new(File.binread(plain))
  message.header = { alg: "RSA-OAEP-256", enc: "A256GCM", kid: key[:kid] }
  message.header[:cty] = cty unless cty == "-"
  message.encrypt!(key).to_s
end

def open_jwe(path, _, source)
  SHA256Wrapping.decode_compact_serialized(File.read(source), load_key(path), ["RSA-OAEP-256"], ["A256GCM"]).plain_text
end

def token(key, typ, payload)
  claims = JSON::JWT.new(JSON.parse(File.read(payload)))
  claims.header = { alg: :PS512, kid: key[:kid], typ: typ }
  claims
end

def sign(path, typ, payload)
  key = load_key(path)
  token(key, typ, payload).sign(key, :PS512).to_s
end

def verify(path, _, source)
  JSON::JWT.decode_compact_serialized(File.read(source), load_key(path), [:PS512]).to_json
end

# json-jwt always takes a salt of 64 bytes, so this signs one layer below, with the library that it uses.
def salt(path, typ, payload)
  key = load_key(path)
  header = { alg: "PS512", kid: key[:kid], typ: typ }.to_json
  signed = [header, File.binread(payload)].map { |part| Base64.urlsafe_encode64(part, padding: false) }.join(".")
  signature = key.to_key.sign_pss("SHA512", signed, salt_length: 32, mgf1_hash: "SHA512")
  "#{signed}.#{Base64.urlsafe_encode64(signature, padding: false)}"
end

def thumbprint(path, *)
  load_key(path).thumbprint
end

def certified(path, *)
  OpenSSL::X509::Certificate.new(Base64.strict_decode64(load_key(path)[:x5c].first)).public_key.to_jwk.thumbprint
end

COMMANDS = {
  "seal" => :seal, "open" => :open_jwe, "sign" => :sign, "verify" => :verify, "salt" => :salt,
  "thumbprint" => :thumbprint, "certified" => :certified
}.freeze

def answer(command, key, parameter, source, target)
  return "lacks #{command}" unless COMMANDS.key?(command)

  File.binwrite(target, send(COMMANDS[command], key, parameter, source))
  "done"
rescue StandardError => e
  "refused #{e.class} #{e.message}".tr("\n", " ")
end

$stdout.sync = true
$stdin.each_line { |line| puts answer(*line.split) }
