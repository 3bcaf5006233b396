// Fetches, checks, opens and accepts all that waits. Needs .NET 8 or later and no library: put it into a console project as Program.cs, then
//
//	read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
//	dotnet run
//
// The folder keys has the private keys of the destination: decryption.jwk.json and signing.jwk.json.
// In a program of yours, the package jose-jwt opens and signs in place of Open, Sign and Verify.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

const string url = "{{.URL}}", clientId = "{{.ClientID}}", destination = "{{.Destination}}";
const string api = url + "/submission-api/v2", events = "https://schema.fitko.de/fit-connect/events/";
var http = new HttpClient();

// 1. A token, and the keys.
var form = new FormUrlEncodedContent(new Dictionary<string, string>
{
    ["grant_type"] = "client_credentials", ["client_id"] = clientId,
    ["client_secret"] = Environment.GetEnvironmentVariable("VIERKANT_CLIENT_SECRET") ?? throw new Exception("set VIERKANT_CLIENT_SECRET"),
});
var token = (string)(await Call(HttpMethod.Post, url + "/token", form))!["access_token"]!;
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
JsonNode decryption = JsonNode.Parse(File.ReadAllText("keys/decryption.jwk.json"))!, signing = JsonNode.Parse(File.ReadAllText("keys/signing.jwk.json"))!;
var serviceKeys = (await Call(HttpMethod.Get, url + "/submission-api/.well-known/jwks.json"))!["keys"]!.AsArray();

// 2. What waits.
foreach (var waiting in (await Call(HttpMethod.Get, $"{api}/submissions?limit=100&destinationId={destination}"))!["submissions"]!.AsArray())
{
    string id = (string)waiting!["submissionId"]!, caseId = (string)waiting["caseId"]!, subject = "submission:" + id;
    var sealedParts = (await Call(HttpMethod.Get, $"{api}/submissions/{id}"))!;
    string metadata = (string)sealedParts["encryptedMetadata"]!, data = (string)sealedParts["encryptedData"]!;

    // 3. It is what was submitted, byte for byte: the tags of the sealed parts are in the signed log.
    var log = (await Call(HttpMethod.Get, $"{api}/cases/{caseId}/events?limit=500"))!["eventLog"]!.AsArray().Select(e => (string)e!);
    var (submitted, claims) = log.Select(e => (e, JsonNode.Parse(Bytes(e.Split('.')[1]))!))
        .First(e => (string)e.Item2["sub"]! == subject && e.Item2["events"]![events + "submit-submission"] != null);
    Verify(serviceKeys, submitted);
    var tags = claims["events"]![events + "submit-submission"]!["authenticationTags"]!;
    if ((string)tags["metadata"]! != metadata.Split('.')[4] || (string)tags["data"]! != data.Split('.')[4])
        throw new Exception($"the sealed parts of {id} are not those that were submitted");

    // 4. Opened, and the data are what the metadata describe.
    var plain = Open(decryption, data);
    var hash = (string)JsonNode.Parse(Open(decryption, metadata))!["contentStructure"]!["data"]!["hash"]!["content"]!;
    if (hash != Convert.ToHexString(SHA512.HashData(plain)).ToLowerInvariant())
        throw new Exception($"the data of {id} have another hash than the metadata say");
    Console.WriteLine(Encoding.UTF8.GetString(plain)); // keep it before you accept: the broker gives it away no more afterwards

    // 5. Accepted, by a signature of the destination.
    var accept = new StringContent(Sign(signing, new JsonObject
    {
        ["$schema"] = (string)claims["$schema"]!, ["jti"] = Guid.NewGuid().ToString(), ["iss"] = destination,
        ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(), ["sub"] = subject, ["txn"] = "case:" + caseId,
        ["events"] = new JsonObject { [events + "accept-submission"] = new JsonObject { ["authenticationTags"] = tags.DeepClone() } },
    }));
    accept.Headers.ContentType = new MediaTypeHeaderValue("application/jose");
    await Call(HttpMethod.Post, $"{api}/cases/{caseId}/events", accept);
    Console.WriteLine("accepted " + id);
}

async Task<JsonNode?> Call(HttpMethod method, string to, HttpContent? body = null)
{
    var answer = await http.SendAsync(new HttpRequestMessage(method, to) { Content = body });
    var text = await answer.Content.ReadAsStringAsync();
    if (!answer.IsSuccessStatusCode) throw new Exception($"{method} {to}: {(int)answer.StatusCode} {text}");
    return text == "" ? null : JsonNode.Parse(text);
}

// Refuses an event that the broker did not sign.
static void Verify(JsonArray keys, string token)
{
    var part = token.Split('.');
    var kid = (string)JsonNode.Parse(Bytes(part[0]))!["kid"]!;
    using var rsa = RSA.Create(Public(keys.First(k => (string)k!["kid"]! == kid)!));
    if (!rsa.VerifyData(Encoding.ASCII.GetBytes(part[0] + "." + part[1]), Bytes(part[2]), HashAlgorithmName.SHA512, RSASignaturePadding.Pss))
        throw new Exception("an event of the log is not signed by the broker");
}

// A compact JWS (PS512; RFC 7515).
static string Sign(JsonNode jwk, JsonNode claims)
{
    var header = new JsonObject { ["typ"] = "secevent+jwt", ["alg"] = "PS512", ["kid"] = (string)jwk["kid"]! };
    var text = Base64(JsonSerializer.SerializeToUtf8Bytes(header)) + "." + Base64(JsonSerializer.SerializeToUtf8Bytes(claims));
    using var rsa = RSA.Create(Private(jwk));
    return text + "." + Base64(rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA512, RSASignaturePadding.Pss));
}

// What is in a compact JWE (RSA-OAEP-256, A256GCM; RFC 7516).
static byte[] Open(JsonNode jwk, string jwe)
{
    var part = jwe.Split('.');
    using var rsa = RSA.Create(Private(jwk));
    using var gcm = new AesGcm(rsa.Decrypt(Bytes(part[1]), RSAEncryptionPadding.OaepSHA256), 16);
    var content = Bytes(part[3]);
    var plain = new byte[content.Length];
    gcm.Decrypt(Bytes(part[2]), content, Bytes(part[4]), plain, Encoding.ASCII.GetBytes(part[0]));
    return plain;
}

static RSAParameters Public(JsonNode jwk) => new() { Modulus = Bytes((string)jwk["n"]!), Exponent = Bytes((string)jwk["e"]!) };

static RSAParameters Private(JsonNode jwk)
{
    byte[] Member(string name) => Bytes((string)jwk[name]!);
    return Public(jwk) with { D = Member("d"), P = Member("p"), Q = Member("q"), DP = Member("dp"), DQ = Member("dq"), InverseQ = Member("qi") };
}

static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

static byte[] Bytes(string base64) => Convert.FromBase64String(base64.Replace('-', '+').Replace('_', '/').PadRight((base64.Length + 3) / 4 * 4, '='));
