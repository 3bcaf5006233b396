// Sends one application to the responsible authority. Needs a JDK of 17 or later and no library:
//
//	read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
//	java Send.java
//
// In a program of yours, com.nimbusds:nimbus-jose-jwt seals in place of seal().
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

public class Send {
    static final String URL = "{{.URL}}", CLIENT_ID = "{{.ClientID}}", SERVICE = "{{.Service}}", ARS = "{{.ARS}}";
    static final String API = URL + "/submission-api/v2";
    static final HttpClient HTTP = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        // 1. A token.
        String token = token();

        // 2. Who is responsible, and with which key to seal for them.
        // Before real data are sent, verify the signature of the route and the certificate of the key, as "vierkant send" does.
        String routes = call("GET", URL + "/routing-api/v2/routes?leikaKey=" + SERVICE.substring(SERVICE.lastIndexOf(':') + 1) + "&ars=" + ARS, null, null, null);
        String id = member(routes, "destinationId");
        String destination = call("GET", API + "/destinations/" + id, null, null, null);
        String key = call("GET", API + "/destinations/" + id + "/keys/" + member(destination, "encryptionKid"), null, null, null);
        String schema = schema(destination);

        // 3. The data, and metadata that describe them; both are sealed here, and the broker reads neither.
        String data = "{\"hello\":\"world\"}";
        String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(data.getBytes(UTF_8)));
        String metadata = """
                {"$schema": "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
                 "contentStructure": {"attachments": [], "data": {
                   "hash": {"type": "sha512", "content": "%s"},
                   "submissionSchema": {"schemaUri": "%s", "mimeType": "application/json"}}}}""".formatted(hash, schema);

        // 4. Announce, and submit.
        String announced = call("POST", API + "/submissions", token, "application/json", """
                {"destinationId": "%s", "announcedAttachments": [], "publicService": {"name": "Test", "identifier": "%s"}}""".formatted(id, SERVICE));
        String submission = member(announced, "submissionId");
        call("PUT", API + "/submissions/" + submission, token, "application/json",
                "{\"encryptedMetadata\": \"" + seal(key, metadata) + "\", \"encryptedData\": \"" + seal(key, data) + "\"}");
        System.out.println("submitted " + submission + " in case " + member(announced, "caseId"));
    }

    // The schema of JSON data that the destination takes for the service.
    static String schema(String destination) {
        String offered = destination.substring(destination.indexOf("\"" + SERVICE + "\""));
        Matcher schemas = Pattern.compile("\\{[^{}]*\"mimeType\"[^{}]*\\}").matcher(offered);
        while (schemas.find()) {
            if (member(schemas.group(), "mimeType").equals("application/json")) return member(schemas.group(), "schemaUri");
        }
        throw new IllegalStateException("the destination takes no JSON for " + SERVICE);
    }

    // A compact JWE (RSA-OAEP-256, A256GCM; RFC 7516).
    static String seal(String jwk, String plain) throws Exception {
        PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
        SecureRandom random = new SecureRandom();
        byte[] content = new byte[32], iv = new byte[12];
        random.nextBytes(content);
        random.nextBytes(iv);
        Cipher wrap = Cipher.getInstance("RSA/ECB/OAEPPadding");
        wrap.init(Cipher.ENCRYPT_MODE, key, new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        String header = base64(("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"cty\":\"application/json\",\"kid\":\"" + member(jwk, "kid") + "\"}").getBytes(UTF_8));
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(content, "AES"), new GCMParameterSpec(128, iv));
        gcm.updateAAD(header.getBytes(US_ASCII));
        byte[] sealed = gcm.doFinal(plain.getBytes(UTF_8));
        int tag = sealed.length - 16;
        return String.join(".", header, base64(wrap.doFinal(content)), base64(iv),
                base64(Arrays.copyOf(sealed, tag)), base64(Arrays.copyOfRange(sealed, tag, sealed.length)));
    }
{{template "jose.java.txt" .}}}
