// Does the calls of story.mjs with the client that openapi-generator makes for Java (OkHttp and Gson).
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.JSON;

public final class Session {
    private static final String MODELS = "org.openapitools.client.model.";

    /** Somebody with a browser of their own: OkHttp would not send `Secure` cookies over http. */
    private static final class Person implements Interceptor {
        private final Map<String, String> cookies = new HashMap<>();
        private final List<Object> apis = new ArrayList<>();

        Person(String[] names) throws ReflectiveOperationException {
            var client = new ApiClient();
            client.setBasePath(System.getenv("FINRUST_ADDRESS"));
            client.setHttpClient(client.getHttpClient().newBuilder().addInterceptor(this).build());
            for (var name : names) {
                apis.add(Class.forName("org.openapitools.client.api." + name).getConstructor(ApiClient.class).newInstance(client));
            }
        }

        @Override
        public Response intercept(Chain chain) throws IOException {
            var cookie = cookies.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()).collect(Collectors.joining("; "));
            var answer = chain.proceed(chain.request().newBuilder().header("Cookie", cookie).build());
            for (var line : answer.headers("Set-Cookie")) {
                var pair = line.split(";", 2)[0].split("=", 2);
                cookies.put(pair[0], pair[1]);
            }
            return answer;
        }

        /** Which method an operation is, the generator decides: its id in camel case. Obligatory texts come first, then the body. */
        JsonObject call(JsonObject call) throws ReflectiveOperationException {
            var name = camelCase(call.get("operation").getAsString()) + "WithHttpInfo";
            for (var api : apis) {
                for (var method : api.getClass().getMethods()) {
                    if (method.getName().equals(name)) {
                        return answered((ApiResponse<?>) method.invoke(api, arguments(method, call)));
                    }
                }
            }
            throw new NoSuchMethodException(name);
        }
    }

    private static Object[] arguments(Method method, JsonObject call) throws ReflectiveOperationException {
        var texts = new ArrayList<String>();
        for (var name : new String[] {"id", "etag"}) {
            if (call.has(name)) {
                texts.add(call.get(name).getAsString());
            }
        }
        var arguments = new ArrayList<Object>();
        for (var type : method.getParameterTypes()) {
            if (type.getName().startsWith(MODELS)) {
                arguments.add(type.getMethod("fromJson", String.class).invoke(null, call.get("body").toString()));
            } else {
                arguments.add(type == String.class && !texts.isEmpty() ? texts.remove(0) : null);
            }
        }
        return arguments.toArray();
    }

    private static JsonObject answered(ApiResponse<?> answer) {
        var line = new JsonObject();
        line.add("answer", answer.getData() == null ? JsonNull.INSTANCE : JsonParser.parseString(JSON.serialize(answer.getData())));
        var etag = answer.getHeaders().get("etag");
        if (etag != null) {
            line.addProperty("etag", etag.get(0));
        }
        return line;
    }

    private static String camelCase(String operation) {
        var words = operation.split("_");
        var name = new StringBuilder(words[0]);
        for (var word : List.of(words).subList(1, words.length)) {
            name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
        }
        return name.toString();
    }

    private static JsonObject refused(Throwable error) {
        var line = new JsonObject();
        line.addProperty("error", error instanceof ApiException api ? api.getCode() + ": " + api.getMessage() : error.toString());
        return line;
    }

    public static void main(String[] names) throws Exception {
        var people = new HashMap<String, Person>();
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var text = input.readLine(); text != null; text = input.readLine()) {
            var call = JsonParser.parseString(text).getAsJsonObject();
            var name = call.get("person").getAsString();
            if (!people.containsKey(name)) {
                people.put(name, new Person(names));
            }
            JsonObject line;
            try {
                line = people.get(name).call(call);
            } catch (InvocationTargetException error) {
                line = refused(error.getCause());
            }
            line.add("operation", call.get("operation"));
            System.out.write((new Gson().newBuilder().serializeNulls().create().toJson((JsonElement) line) + "\n").getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        }
        System.exit(0);
    }
}
