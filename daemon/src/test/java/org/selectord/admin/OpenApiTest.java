package org.selectord.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.admin.RunningAdmin.ADMIN;
import static org.selectord.admin.RunningAdmin.READ;
import static org.selectord.admin.Samples.EXAMPLE;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.admin.api.Json;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The contract says what the server does: the same routes, and of each answer its status and shape. */
class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private static final String ROTATE = "/v1/domains/{domain}/rotate";
    private static final String WAIVE = "/v1/domains/{domain}/waive";
    private static final String ADOPT = "/v1/domains/{domain}/adopt";

    @TempDir
    Path directory;

    RunningAdmin admin;
    JsonNode contract;

    @BeforeEach
    void start() throws Exception {
        admin = new RunningAdmin(directory);
        admin.registry
                .with(Samples.signing(EXAMPLE))
                .with(Samples.halted(SigningDomain.of("halted.example.org")))
                .with(Samples.publishing(SigningDomain.of("publishing.example.org")))
                .with(Samples.rotated(SigningDomain.of("rotated.example.org")))
                .with(ManagedDomain.enrolled(SigningDomain.of("new.example.org")))
                .with(Samples.closed(7, EXAMPLE, Order.Result.FAILED, "given up"))
                .with(Samples.event(EXAMPLE, Samples.NOW, "ACTIVE", "from READY; proven at [opendkim]"));
        admin.rights.put(EXAMPLE, List.of("dns.main: too wide"));
        contract = new YAMLMapper().readTree(admin.get("/openapi.yaml", READ).body());
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    @Test
    void routesAreExactlyThoseOfTheContract() {
        Set<String> documented = new TreeSet<>();
        contract.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .map(Map.Entry::getKey)
                        .filter(METHODS::contains)
                        .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        Set<String> served = admin.server.routes().stream()
                .map(route -> route.method().name() + " " + route.path())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(served).hasSizeGreaterThan(12);
    }

    @ParameterizedTest
    @CsvSource({
        "get,  /healthz, /healthz, 200",
        "get,  /readyz, /readyz, 200",
        "get,  /v1/domains, /v1/domains, 200",
        "get,  /v1/domains, /v1/domains?limit=1, 200",
        "get,  /v1/domains, /v1/domains?limit=x, 400",
        "get,  /v1/domains/{domain}, /v1/domains/example.org, 200",
        "get,  /v1/domains/{domain}, /v1/domains/halted.example.org, 200",
        "get,  /v1/domains/{domain}, /v1/domains/publishing.example.org, 200",
        "get,  /v1/domains/{domain}, /v1/domains/new.example.org, 200",
        "get,  /v1/domains/{domain}, /v1/domains/unknown.example.org, 404",
        "get,  /v1/domains/{domain}, /v1/domains/nodots, 400",
        "get,  /v1/domains/{domain}/explain, /v1/domains/example.org/explain, 200",
        "get,  /v1/domains/{domain}/explain, /v1/domains/halted.example.org/explain, 200",
        "get,  /v1/domains/{domain}/explain, /v1/domains/publishing.example.org/explain, 200",
        "get,  /v1/domains/{domain}/explain, /v1/domains/new.example.org/explain, 200",
        "get,  /v1/domains/{domain}/history, /v1/domains/example.org/history, 200",
        "post, /v1/domains/{domain}/rotate, /v1/domains/example.org/rotate, 202",
        "post, /v1/domains/{domain}/rotate, /v1/domains/halted.example.org/rotate, 202",
        "post, /v1/domains/{domain}/rotate, /v1/domains/new.example.org/rotate, 202",
        "post, /v1/domains/{domain}/rotate, /v1/domains/unknown.example.org/rotate, 404",
        "post, /v1/domains/{domain}/retry, /v1/domains/halted.example.org/retry, 200",
        "post, /v1/domains/{domain}/rollback, /v1/domains/rotated.example.org/rollback, 202",
        "post, /v1/domains/{domain}/rollback, /v1/domains/example.org/rollback, 409",
        "post, /v1/domains/{domain}/pause, /v1/domains/example.org/pause, 200",
        "post, /v1/domains/{domain}/resume, /v1/domains/example.org/resume, 200",
        "post, /v1/domains/{domain}/remove, /v1/domains/example.org/remove, 202",
        "post, /v1/domains/{domain}/waive, /v1/domains/example.org/waive, 400",
        "post, /v1/domains/{domain}/adopt, /v1/domains/example.org/adopt, 400",
        "get,  /v1/domains/{domain}/plan, /v1/domains/example.org/plan, 200",
        "get,  /v1/domains/{domain}/plan, /v1/domains/new.example.org/plan?for=P1D, 200",
        "get,  /v1/domains/{domain}/plan, /v1/domains/example.org/plan?for=1y, 400",
        "get,  /v1/breaker, /v1/breaker, 200",
        "post, /v1/breaker/reset, /v1/breaker/reset, 200",
        "get,  /v1/clock, /v1/clock, 200",
        "post, /v1/clock/trust, /v1/clock/trust, 200",
        "get,  /v1/orders/{number}, /v1/orders/7, 200",
        "get,  /v1/orders/{number}, /v1/orders/4711, 404",
        "get,  /v1/events, /v1/events, 200",
        "get,  /v1/history/verify, /v1/history/verify, 200",
        "post, /v1/reload, /v1/reload, 200"
    })
    void answersAreOfTheShapeTheContractGivesThem(String method, String path, String asked, int status)
            throws Exception {
        HttpResponse<String> answer = admin.send(method.toUpperCase(Locale.ROOT), asked, ADMIN, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        conforms(method, path, answer);
    }

    @Test
    void anOpenOrderIsOfTheShapeTheContractGivesIt() throws Exception {
        HttpResponse<String> placed = admin.post("/v1/domains/example.org/rotate", ADMIN);
        long number = Json.tree(placed.body()).get("number").asLong();
        conforms("get", "/v1/orders/{number}", admin.get("/v1/orders/" + number, READ));
        conforms("get", "/v1/domains", admin.get("/v1/domains", READ));
    }

    @Test
    void holdsWaiversAndCompromisesAreOfTheShapeTheContractGivesThem() throws Exception {
        conforms("post", ROTATE, order("rotate", "{\"compromised\": true, \"scope\": \"store\"}"));
        conforms("post", WAIVE, order("waive", "{\"signer\": \"opendkim\", \"for\": \"PT1H\", \"reason\": \"x\"}"));
        conforms("post", ADOPT, order("adopt", "{\"selector\": \"mail\"}"));
        conforms("post", "/v1/domains/{domain}/pause", order("pause", "{\"reason\": \"x\"}"));
        conforms("get", "/v1/domains/{domain}", admin.get("/v1/domains/rotated.example.org", READ));
        conforms("get", "/v1/domains/{domain}/explain", admin.get("/v1/domains/rotated.example.org/explain", READ));
        admin.registry.with(Samples.openBreaker());
        conforms("get", "/v1/breaker", admin.get("/v1/breaker", READ));
        admin.trusted = false;
        admin.doubt = () -> java.util.Optional.of("no witness");
        conforms("get", "/v1/clock", admin.get("/v1/clock", READ));
    }

    private HttpResponse<String> order(String what, String body) throws Exception {
        HttpResponse<String> answer = admin.send("POST", "/v1/domains/rotated.example.org/" + what, ADMIN, body);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return answer;
    }

    @Test
    void aBrokenHistoryIsOfTheShapeTheContractGivesIt() throws Exception {
        admin.registry.with(Samples.alteredRow());
        conforms("get", "/v1/history/verify", admin.get("/v1/history/verify", READ));
    }

    @Test
    void refusalsAreOfTheShapeTheContractGivesThem() throws Exception {
        conforms("get", "/v1/domains", admin.get("/v1/domains", ""));
        conforms("post", "/v1/reload", admin.post("/v1/reload", READ));
        admin.reloadProblems.add("selectord.yaml:1:1: no");
        conforms("post", "/v1/reload", admin.post("/v1/reload", ADMIN));
        admin.unlisted.add(EXAMPLE);
        conforms("post", "/v1/domains/{domain}/rotate", admin.post("/v1/domains/example.org/rotate", ADMIN));
        conforms(
                "post",
                "/v1/domains/{domain}/rotate",
                admin.send("POST", "/v1/domains/example.org/rotate", ADMIN, "x".repeat(70_000)));
        admin.registry.breaks("gone");
        conforms("get", "/readyz", admin.get("/readyz", ""));
        conforms("get", "/v1/events", admin.get("/v1/events", READ));
    }

    private void conforms(String method, String path, HttpResponse<String> answer) {
        JsonNode response = resolved(
                contract.get("paths").get(path).get(method).get("responses").get("" + answer.statusCode()));
        String type = answer.headers().firstValue("Content-Type").orElseThrow();
        ObjectNode schema = ((ObjectNode) response.get("content").get(type).get("schema")).deepCopy();
        schema.set("components", contract.get("components"));
        Schema compiled = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema);
        assertThat(compiled.validate(Json.tree(answer.body())))
                .as(method + " " + path + " " + answer.body())
                .isEmpty();
    }

    private JsonNode resolved(JsonNode response) {
        assertThat(response).as("the contract does not name this status").isNotNull();
        JsonNode ref = response.get("$ref");
        return ref == null ? response : contract.at(ref.asString().substring(1));
    }
}
