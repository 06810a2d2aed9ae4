import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The keys of an Azure Key Vault, for tests: real RSA with the JDK's own cryptography, versions, https, the challenge, and the
 * answers of the REST API. Keys live in memory.
 *
 * <p>Prints its address and its certificate on standard output, and ends when standard input does, so that it outlives no test.
 */
public final class Vault {
    /** RSA-OAEP-256 of RFC 7518 section 4.3. The JDK's name for it leaves SHA-1 in the mask, so all parameters are given. */
    private static final OAEPParameterSpec OAEP_256 =
            new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    private static final String CHALLENGE =
            "Bearer authorization=\"https://login.microsoftonline.com/tests\", resource=\"https://vault.azure.net\"";
    private static final char[] PASSWORD = "in memory only".toCharArray();

    private static final Map<String, List<Version>> KEYS = new ConcurrentHashMap<>();
    private static String address;

    /** A version of a key. */
    private static final class Version {
        final String name = UUID.randomUUID().toString().replace("-", "");
        final KeyPair pair;
        volatile boolean enabled = true;

        Version(int bits) throws GeneralSecurityException {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            pair = generator.generateKeyPair();
        }

        int bits() {
            return ((RSAPublicKey) pair.getPublic()).getModulus().bitLength();
        }
    }

    /** An answer that is not 200. */
    private static final class Refusal extends Exception {
        final int status;
        final String body;

        Refusal(int status, String code, String inner) {
            this.status = status;
            String reason = inner == null ? "" : ",\"innererror\":{\"code\":\"" + inner + "\"}";
            this.body = "{\"error\":{\"code\":\"" + code + "\",\"message\":\"refused\"" + reason + "}}";
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path store = Files.createTempFile("vault", ".p12");
        Files.delete(store);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        KeyStore certificate = certificate(store);
        Files.delete(store);
        server.setHttpsConfigurator(new HttpsConfigurator(tls(certificate)));
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", Vault::handle);
        server.start();
        address = "https://127.0.0.1:" + server.getAddress().getPort();
        System.out.println(address);
        System.out.println("-----BEGIN CERTIFICATE-----");
        System.out.println(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getCertificate("vault").getEncoded()));
        System.out.println("-----END CERTIFICATE-----");
        System.out.flush();
        while (System.in.read() != -1) {
            continue;
        }
        System.exit(0);
    }

    /** A certificate that signs itself; the JDK makes one only through its tool. */
    private static KeyStore certificate(Path store) throws Exception {
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        List<String> command = List.of(tool, "-genkeypair", "-alias", "vault", "-keyalg", "EC", "-groupname", "secp256r1", "-dname",
                "CN=vault", "-ext", "san=ip:127.0.0.1", "-validity", "2", "-storetype", "PKCS12", "-keystore", store.toString(),
                "-storepass", new String(PASSWORD));
        Process made = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (made.waitFor() != 0) {
            throw new IllegalStateException("keytool made no certificate");
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(store)) {
            keys.load(file, PASSWORD);
        }
        return keys;
    }

    private static SSLContext tls(KeyStore keys) throws GeneralSecurityException {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        int status = 200;
        String answer;
        try {
            answer = answer(exchange, body);
        } catch (Refusal refusal) {
            status = refusal.status;
            answer = refusal.body;
        } catch (GeneralSecurityException | RuntimeException error) {
            error.printStackTrace();
            status = 500;
            answer = "{\"error\":{\"code\":\"InternalServerError\"}}";
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
        exchange.getResponseHeaders().set("x-ms-request-id", UUID.randomUUID().toString());
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String answer(HttpExchange exchange, String body) throws Refusal, GeneralSecurityException {
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        if (token == null || !token.startsWith("Bearer ")) {
            exchange.getResponseHeaders().set("WWW-Authenticate", CHALLENGE);
            throw new Refusal(401, "Unauthorized", null);
        }
        // "", "keys", name, then what is asked; an empty segment stands for the newest version.
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        if (path.length < 4 || !path[1].equals("keys")) {
            throw new Refusal(404, "NotFound", null);
        }
        String name = path[2];
        String asked = exchange.getRequestMethod() + " " + (path.length == 5 ? path[4] : path[3].matches("create|rotate") ? path[3] : "");
        switch (asked) {
            case "POST create":
                KEYS.computeIfAbsent(name, key -> new CopyOnWriteArrayList<>()).add(new Version(Integer.parseInt(field(body, "key_size", "(\\d+)"))));
                return bundle(name, newest(name));
            case "POST rotate":
                KEYS.get(name).add(new Version(newest(name).bits()));
                return bundle(name, newest(name));
            case "PATCH ":
                version(name, path[3]).enabled = Boolean.parseBoolean(field(body, "enabled", "(true|false)"));
                return bundle(name, version(name, path[3]));
            case "GET ":
                return bundle(name, enabled(version(name, path[3])));
            case "POST wrapkey":
                return crypt(Cipher.ENCRYPT_MODE, name, enabled(version(name, path[3])), body);
            case "POST unwrapkey":
                return crypt(Cipher.DECRYPT_MODE, name, enabled(version(name, path[3])), body);
            default:
                throw new Refusal(405, "MethodNotAllowed", null);
        }
    }

    private static String crypt(int mode, String name, Version version, String body) throws Refusal, GeneralSecurityException {
        field(body, "alg", "\"(RSA-OAEP-256)\"");
        byte[] value = Base64.getUrlDecoder().decode(field(body, "value", "\"([A-Za-z0-9_-]*)\""));
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(mode, mode == Cipher.ENCRYPT_MODE ? version.pair.getPublic() : version.pair.getPrivate(), OAEP_256);
        try {
            return "{\"kid\":\"" + kid(name, version) + "\",\"value\":\"" + base64(cipher.doFinal(value)) + "\"}";
        } catch (BadPaddingException | IllegalBlockSizeException error) {
            throw new Refusal(400, "BadParameter", null);
        }
    }

    private static String bundle(String name, Version version) {
        RSAPublicKey key = (RSAPublicKey) version.pair.getPublic();
        return "{\"key\":{\"kid\":\"" + kid(name, version) + "\",\"kty\":\"RSA\",\"key_ops\":[\"wrapKey\",\"unwrapKey\"],\"n\":\""
                + base64(unsigned(key.getModulus())) + "\",\"e\":\"" + base64(unsigned(key.getPublicExponent()))
                + "\"},\"attributes\":{\"enabled\":" + version.enabled + "}}";
    }

    private static Version newest(String name) throws Refusal {
        return version(name, "");
    }

    private static Version version(String name, String version) throws Refusal {
        List<Version> versions = KEYS.getOrDefault(name, List.of());
        for (int at = versions.size() - 1; at >= 0; at--) {
            if (version.isEmpty() || versions.get(at).name.equals(version)) {
                return versions.get(at);
            }
        }
        throw new Refusal(404, "KeyNotFound", null);
    }

    private static Version enabled(Version version) throws Refusal {
        if (!version.enabled) {
            throw new Refusal(403, "Forbidden", "KeyDisabled");
        }
        return version;
    }

    private static String field(String body, String name, String value) throws Refusal {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*" + value).matcher(body);
        if (!found.find()) {
            throw new Refusal(400, "BadParameter", null);
        }
        return found.group(1);
    }

    private static String kid(String name, Version version) {
        return address + "/keys/" + name + "/" + version.name;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Without the byte that a sign may take. */
    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }
}
