// Sends one application to the responsible authority. Needs .NET 8 or later and no library: put it into a console project as Program.cs, then
//
//	read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
//	dotnet run
//
// In a program of yours, the package jose-jwt seals in place of Seal.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

const string url = "{{.URL}}", clientId = "{{.ClientID}}", service = "{{.Service}}", ars = "{{.ARS}}";
const string api = url + "/submission-api/v2";
var http = new HttpClient();

// 1. A token.
var form = new FormUrlEncodedContent(new Dictionary<string, string>
{
    ["grant_type"] = "client_credentials", ["client_id"] = clientId,
    ["client_secret"] = Environment.GetEnvironmentVariable("VIERKANT_CLIENT_SECRET") ?? throw new Exception("set VIERKANT_CLIENT_SECRET"),
});
var token = (string)(await Call(HttpMethod.Post, url + "/token", form))!["access_token"]!;

// 2. Who is responsible, and with which key to seal for them.
// Before real data are sent, verify the signature of the route and the certificate of the key, as "vierkant send" does.
var routes = await Call(HttpMethod.Get, $"{url}/routing-api/v2/routes?leikaKey={service[(service.LastIndexOf(':') + 1)..]}&ars={ars}");
var id = (string)routes!["routes"]![0]!["destinationId"]!;
var destination = await Call(HttpMethod.Get, $"{api}/destinations/{id}");
var key = (await Call(HttpMethod.Get, $"{api}/destinations/{id}/keys/{destination!["encryptionKid"]}"))!;
var schema = destination["publicServices"]!.AsArray().Where(s => (string)s!["identifier"]! == service)
    .SelectMany(s => s!["submissionSchemas"]!.AsArray()).First(s => (string)s!["mimeType"]! == "application/json");

// 3. The data, and metadata that describe them; both are sealed here, and the broker reads neither.
var data = """{"hello":"world"}"""u8.ToArray();
var metadata = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
{
    ["$schema"] = "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
    ["contentStructure"] = new JsonObject
    {
        ["attachments"] = new JsonArray(),
        ["data"] = new JsonObject
        {
            ["hash"] = new JsonObject { ["type"] = "sha512", ["content"] = Convert.ToHexString(SHA512.HashData(data)).ToLowerInvariant() },
            ["submissionSchema"] = schema!.DeepClone(),
        },
    },
});

// 4. Announce, and submit.
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
var announced = (await Call(HttpMethod.Post, api + "/submissions", Json(new JsonObject
{
    ["destinationId"] = id, ["announcedAttachments"] = new JsonArray(),
    ["publicService"] = new JsonObject { ["name"] = "Test", ["identifier"] = service },
})))!;
await Call(HttpMethod.Put, $"{api}/submissions/{announced["submissionId"]}", Json(new JsonObject
{
    ["encryptedMetadata"] = Seal(key, metadata), ["encryptedData"] = Seal(key, data),
}));
Console.WriteLine($"submitted {announced["submissionId"]} in case {announced["caseId"]}");

async Task<JsonNode?> Call(HttpMethod method, string to, HttpContent? body = null)
{
    var answer = await http.SendAsync(new HttpRequestMessage(method, to) { Content = body });
    var text = await answer.Content.ReadAsStringAsync();
    if (!answer.IsSuccessStatusCode) throw new Exception($"{method} {to}: {(int)answer.StatusCode} {text}");
    return text == "" ? null : JsonNode.Parse(text);
}

static StringContent Json(JsonNode body)
{
    var content = new StringContent(body.ToJsonString());
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    return content;
}

// A compact JWE (RSA-OAEP-256, A256GCM; RFC 7516).
static string Seal(JsonNode jwk, byte[] plain)
{
    using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes((string)jwk["n"]!), Exponent = Bytes((string)jwk["e"]!) });
    byte[] content = RandomNumberGenerator.GetBytes(32), iv = RandomNumberGenerator.GetBytes(12), sealedBytes = new byte[plain.Length], tag = new byte[16];
    var header = Base64(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["alg"] = "RSA-OAEP-256", ["enc"] = "A256GCM", ["cty"] = "application/json", ["kid"] = (string)jwk["kid"]!,
    }));
    using var gcm = new AesGcm(content, tag.Length);
    gcm.Encrypt(iv, plain, sealedBytes, tag, Encoding.ASCII.GetBytes(header));
    return string.Join('.', header, Base64(rsa.Encrypt(content, RSAEncryptionPadding.OaepSHA256)), Base64(iv), Base64(sealedBytes), Base64(tag));
}

static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

static byte[] Bytes(string base64) => Convert.FromBase64String(base64.Replace('-', '+').Replace('_', '/').PadRight((base64.Length + 3) / 4 * 4, '='));
