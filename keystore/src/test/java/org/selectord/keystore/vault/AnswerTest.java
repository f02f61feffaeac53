package org.selectord.keystore.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Logical.logicalOperations;
import io.github.jopenlibs.vault.response.LogicalResponse;
import io.github.jopenlibs.vault.rest.RestResponse;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.keystore.vault.Answer.Kind;

/** Answers as Vault 1.21 gives them, and what they mean, whether the driver throws them or gives them back. */
class AnswerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            200 | {"data":{"version":1}}                                                              | OK
            204 |                                                                                     | OK
            200 | <html>Please log in</html>                                                          | UNAVAILABLE
            404 | {"errors":[]}                                                                       | ABSENT
            404 | {"errors":["no handler for route \\"x/\\". route entry not found."]}                  | WRONG
            404 | {"data":null,"warnings":["Invalid path for a versioned K/V secrets engine."]}       | WRONG
            404 | page not found                                                                      | WRONG
            404 | {"data":{"data":null,"metadata":{"version":1,"destroyed":true}}}                    | DELETED
            404 | {"data":{"data":null,"metadata":{"version":1,"deletion_time":"2026-11-21T00:00Z"}}} | DELETED
            400 | {"errors":["check-and-set parameter did not match the current version"]}            | CONFLICT
            400 | {"errors":["check-and-set parameter required for this call"]}                       | WRONG
            400 | {"errors":["Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period"]} | UNAVAILABLE
            400 | Client sent an HTTP request to an HTTPS server.                                     | WRONG
            400 | {"errors":["invalid role or secret ID"]}                                            | WRONG
            403 | {"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}                        | DENIED
            403 | {"errors":["2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n"]}   | BAD_TOKEN
            403 | {"errors":["permission denied"]}                                                    | DENIED
            405 | {"errors":["unsupported operation"]}                                                | WRONG
            412 | {"errors":["required index state not present"]}                                     | UNAVAILABLE
            429 | {"errors":["rate limit quota exceeded"]}                                            | UNAVAILABLE
            307 |                                                                                     | UNAVAILABLE
            500 | {"errors":["local node not active but active cluster node not found"]}              | UNAVAILABLE
            502 | <html>Bad Gateway</html>                                                            | UNAVAILABLE
            503 | {"errors":["Vault is sealed"]}                                                      | UNAVAILABLE
            """)
    void anAnswerMeansWhatTheReaderDoesNext(int status, String body, Kind kind) throws Exception {
        String sent = body == null ? "" : body;
        RestResponse response = new RestResponse(status, "application/json", sent.getBytes(UTF_8));

        assertThat(Answer.of(new LogicalResponse(response, 0, logicalOperations.readV2))
                        .kind())
                .isEqualTo(kind);
        boolean thrown = kind != Kind.OK && kind != Kind.DELETED && status != 200;
        if (thrown) { // and of calls that the driver throws for
            VaultException failed = new VaultException(
                    "Vault responded with HTTP status code: " + status + "\nResponse body: " + sent, status);
            assertThat(Answer.of(failed).kind()).isEqualTo(kind);
            assertThat(Answer.of(failed).toString()).startsWith(Integer.toString(status));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hvs.CAESIJfcUEbMKkVQ0lTd2xHQ2pPblZqSXBvSGhqdGVzdA",
        "9c2b1a5e-6f2d-4bb7-a7c3-0f1f8f2a6d11",
        "MC4CAQAwBQYDK2VwBCIEIIu6Zr0TF3P0",
        "s.iyNUhq8Ov4hIAx6snw5mB2nL"
    })
    void whatCouldBeATokenOrAKeyIsLeftOutOfWhatPeopleSee(String secret) {
        VaultException failed =
                new VaultException("x\nResponse body: {\"errors\":[\"bad thing: " + secret + ".\"]}", 400);

        assertThat(Answer.of(failed).toString()).isEqualTo("400 bad thing: ...");
    }
}
