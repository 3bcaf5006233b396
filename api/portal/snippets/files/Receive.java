// Fetches, checks, opens and accepts all that waits. Needs a JDK of 17 or later and no library:
//
//	read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
//	java Receive.java
//
// The folder keys has the private keys of the destination: decryption.jwk.json and signing.jwk.json.
// In a program of yours, com.nimbusds:nimbus-jose-jwt opens and signs in place of open(), sign() and verified().
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

public class Receive {
    static final String URL = "{{.URL}}", CLIENT_ID = "{{.ClientID}}", DESTINATION = "{{.Destination}}";
    static final String API = URL + "/submission-api/v2", EVENTS = "https://schema.fitko.de/fit-connect/events/";
    static final HttpClient HTTP = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        // 1. A token, and the keys.
        String token = token();
        String decryption = Files.readString(Path.of("keys/decryption.jwk.json")), signing = Files.readString(Path.of("keys/signing.jwk.json"));
        String serviceKeys = call("GET", URL + "/submission-api/.well-known/jwks.json", null, null, null);

        // 2. What waits.
        String waiting = call("GET", API + "/submissions?limit=100&destinationId=" + DESTINATION, token, null, null);
        Matcher each = Pattern.compile("\\{[^{}]*\"submissionId\"[^{}]*\\}").matcher(waiting);
        while (each.find()) {
            String id = member(each.group(), "submissionId"), caseId = member(each.group(), "caseId");
            String sealed = call("GET", API + "/submissions/" + id, token, null, null);
            String metadata = member(sealed, "encryptedMetadata"), data = member(sealed, "encryptedData");

            // 3. It is what was submitted, byte for byte: the tags of the sealed parts are in the signed log.
            String event = submitted(call("GET", API + "/cases/" + caseId + "/events?limit=500", token, null, null), "submission:" + id, serviceKeys);
            String tags = "{\"metadata\":\"" + tag(metadata) + "\",\"data\":\"" + tag(data) + "\"}";
            if (!member(event, "metadata").equals(tag(metadata)) || !member(event, "data").equals(tag(data))) {
                throw new IllegalStateException("the sealed parts of " + id + " are not those that were submitted");
            }

            // 4. Opened, and the data are what the metadata describe.
            byte[] plain = open(decryption, data);
            String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(plain));
            if (!new String(open(decryption, metadata), UTF_8).contains(hash)) {
                throw new IllegalStateException("the data of " + id + " have another hash than the metadata say");
            }
            System.out.println(new String(plain, UTF_8)); // keep it before you accept: the broker gives it away no more afterwards

            // 5. Accepted, by a signature of the destination.
            call("POST", API + "/cases/" + caseId + "/events", token, "application/jose", sign(signing, """
                    {"$schema":"%s","jti":"%s","iss":"%s","iat":%d,"sub":"submission:%s","txn":"case:%s","events":{"%saccept-submission":{"authenticationTags":%s}}}"""
                    .formatted(member(event, "$schema"), UUID.randomUUID(), DESTINATION, Instant.now().getEpochSecond(), id, caseId, EVENTS, tags)));
            System.out.println("accepted " + id);
        }
    }

    // The event by which the broker took the submission.
    static String submitted(String log, String subject, String serviceKeys) throws Exception {
        Matcher tokens = Pattern.compile("\"([\\w-]+)\\.([\\w-]+)\\.([\\w-]+)\"").matcher(log);
        while (tokens.find()) {
            String claims = new String(bytes(tokens.group(2)), UTF_8);
            if (member(claims, "sub").equals(subject) && claims.contains(EVENTS + "submit-submission")) {
                verify(serviceKeys, tokens.group(1), tokens.group(2), tokens.group(3));
                return claims;
            }
        }
        throw new IllegalStateException("the log does not say that " + subject + " was submitted");
    }

    static String tag(String jwe) {
        return jwe.substring(jwe.lastIndexOf('.') + 1);
    }

    static void verify(String keys, String header, String claims, String signature) throws Exception {
        String kid = member(new String(bytes(header), UTF_8), "kid");
        Matcher each = Pattern.compile("\\{[^{}]*\\}").matcher(keys.substring(keys.indexOf('[')));
        while (each.find()) {
            if (!member(each.group(), "kid").equals(kid)) continue;
            Signature pss = pss();
            pss.initVerify(KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(each.group(), "n"), number(each.group(), "e"))));
            pss.update((header + "." + claims).getBytes(US_ASCII));
            if (pss.verify(bytes(signature))) return;
        }
        throw new IllegalStateException("an event of the log is not signed by the broker");
    }

    // A compact JWS (PS512; RFC 7515).
    static String sign(String jwk, String claims) throws Exception {
        String signed = base64(("{\"typ\":\"secevent+jwt\",\"alg\":\"PS512\",\"kid\":\"" + member(jwk, "kid") + "\"}").getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8));
        Signature pss = pss();
        pss.initSign(privateKey(jwk));
        pss.update(signed.getBytes(US_ASCII));
        return signed + "." + base64(pss.sign());
    }

    static Signature pss() throws Exception {
        Signature pss = Signature.getInstance("RSASSA-PSS");
        pss.setParameter(new PSSParameterSpec("SHA-512", "MGF1", MGF1ParameterSpec.SHA512, 64, 1));
        return pss;
    }

    // What is in a compact JWE (RSA-OAEP-256, A256GCM; RFC 7516).
    static byte[] open(String jwk, String jwe) throws Exception {
        String[] part = jwe.split("\\.");
        Cipher unwrap = Cipher.getInstance("RSA/ECB/OAEPPadding");
        unwrap.init(Cipher.DECRYPT_MODE, privateKey(jwk), new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(unwrap.doFinal(bytes(part[1])), "AES"), new GCMParameterSpec(128, bytes(part[2])));
        gcm.updateAAD(part[0].getBytes(US_ASCII));
        gcm.update(bytes(part[3]));
        return gcm.doFinal(bytes(part[4]));
    }

    static PrivateKey privateKey(String jwk) throws Exception {
        return KeyFactory.getInstance("RSA").generatePrivate(new RSAPrivateCrtKeySpec(number(jwk, "n"), number(jwk, "e"), number(jwk, "d"),
                number(jwk, "p"), number(jwk, "q"), number(jwk, "dp"), number(jwk, "dq"), number(jwk, "qi")));
    }
{{template "jose.java.txt" .}}}
