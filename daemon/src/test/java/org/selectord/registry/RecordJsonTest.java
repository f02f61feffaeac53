package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.key.SigningDomain;
import org.selectord.registry.RecordJson.UnreadableRecordException;
import org.selectord.rotation.ManagedDomain;

class RecordJsonTest {
    private static final SigningDomain EXAMPLE = new SigningDomain("example.org");

    private final RecordJson json = new RecordJson();

    static LongStream seeds() {
        return new Random(20261121).longs(100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsReadBackTheSame(long seed) {
        RandomDomains random = new RandomDomains(seed);
        for (int i = 0; i < 5; i++) {
            ManagedDomain domain = random.next(random.name());

            String text = json.write(domain);

            assertThat(json.read(text, domain.version())).isEqualTo(domain);
            assertThat(json.write(json.read(text, 0))).hasSameSizeAs(text);
        }
    }

    @Test
    void anEmptyRecordSaysEverythingThatItDoesNotHold() {
        assertThat(json.write(ManagedDomain.enrolled(EXAMPLE)))
                .isEqualTo(
                        "{\"format\":1,\"name\":\"example.org\",\"keys\":[],\"orders\":[],\"intents\":[],\"waits\":[],"
                                + "\"halts\":{},\"waivers\":[],\"hold\":null,\"resumedAt\":null,\"zone\":null,\"aliases\":null}");
    }

    @Test
    void theVersionIsNotInTheDocumentButBesideIt() {
        String text = json.write(ManagedDomain.enrolled(EXAMPLE));

        assertThat(json.read(text, 7).version()).isEqualTo(7);
    }

    @Test
    void aDocumentOfANewerFormatIsRefusedAndSaysWhatToDo() {
        String newer = json.write(ManagedDomain.enrolled(EXAMPLE)).replace("\"format\":1", "\"format\":2,\"new\":1");

        assertThatThrownBy(() -> json.read(newer, 0))
                .isInstanceOf(UnreadableRecordException.class)
                .hasMessage("it is of format 2, written by a newer selectord; this one knows 1: start the newer one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "an unknown field           | \"keys\":[]          | \"keys\":[],\"mood\":1",
                "a field that is missing    | \"keys\":[],         | ``",
                "no word on the zone        | ,\"zone\":null        | ``",
                "a list that is null        | \"keys\":[]          | \"keys\":null",
                "a list with a null         | \"keys\":[]          | \"keys\":[null]",
                "a field twice              | \"keys\":[]          | \"keys\":[],\"keys\":[]",
                "a name that is none        | example.org          | not a name",
                "a name of another kind     | \"example.org\"      | 4",
                "a chain of no type         | \"halts\":{}         | \"halts\":{\"DSA\":{}}",
                "an order with a wrong kind | \"orders\":[]        | \"orders\":[{\"kind\":0}]",
                "no format                  | \"format\":1,        | ``",
                "something after it         | \"aliases\":null}    | \"aliases\":null} {}",
                "half of it                 | \"hold\":null,\"resumedAt\":null,\"zone\":null,\"aliases\":null} | ``",
            })
    void aDocumentThatIsNotWhollyUnderstoodIsRefused(String what, String good, String bad) {
        String text = json.write(ManagedDomain.enrolled(EXAMPLE));
        assertThat(text).contains(good);

        assertThatThrownBy(() -> json.read(text.replace(good, bad), 0))
                .as(what)
                .isInstanceOf(UnreadableRecordException.class);
    }
}
