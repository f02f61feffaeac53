package org.selectord.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What can be found out about a bed from outside: what selectord says of itself, its files, and what the primary serves. */
public final class Evidence {
    private final SelectordBed bed;

    public Evidence(SelectordBed bed) {
        this.bed = bed;
    }

    /** Waits, and says what selectord logged where it waited in vain. */
    public void await(String what, Duration atMost, Callable<Boolean> condition) {
        try {
            Awaitility.await(what)
                    .atMost(atMost)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(what + " was waited for in vain: " + bed.log(), e);
        }
    }

    /** One line of the history. */
    public record Entry(Instant at, String event, String selector, String text) {}

    /** All that was done with the domain, the newest first. */
    public List<Entry> history() {
        String page = bed.http("GET", "/v1/domains/" + SelectordBed.DOMAIN + "/history?limit=1000", Optional.empty())
                .body();
        List<Entry> entries = new ArrayList<>();
        JsonMapper.shared()
                .readTree(page)
                .get("entries")
                .forEach(line -> entries.add(new Entry(
                        Instant.parse(line.get("at").asString()),
                        line.get("event").asString(),
                        line.path("selector").asString(""),
                        line.get("text").asString())));
        if (entries.isEmpty() || entries.size() == 1000) {
            throw new IllegalStateException("that is not the whole history: " + entries.size() + " entries");
        }
        return entries;
    }

    /** How long after a key was RETIRED its withdrawal was first intended; empty where it was not. */
    public static Optional<Duration> fromRetiredToWithdrawal(List<Entry> history, String selector) {
        Optional<Instant> retiredAt = first(history, selector, "RETIRED", "");
        Optional<Instant> intendedAt = first(history, selector, "INTENDED", "WITHDRAW ");
        return retiredAt.flatMap(from -> intendedAt.map(to -> Duration.between(from, to)));
    }

    private static Optional<Instant> first(List<Entry> history, String selector, String event, String text) {
        return history.stream()
                .filter(entry -> entry.selector().equals(selector)
                        && entry.event().equals(event)
                        && entry.text().startsWith(text))
                .map(Entry::at)
                .min(Instant::compareTo);
    }

    /** What {@code explain} shows. */
    public JsonNode explain() {
        return JsonMapper.shared()
                .readTree(bed.http("GET", "/v1/domains/" + SelectordBed.DOMAIN + "/explain", Optional.empty())
                        .body());
    }

    /** Keys that ever were, tombstones too. */
    public int keysEver() {
        return bed.domain().get("keys").size();
    }

    /** How many private halves the registry counts on. */
    public long held() {
        List<String> halves = new ArrayList<>();
        explain().get("keys").forEach(key -> halves.add(key.get("private_half").asString()));
        return halves.stream().filter("HELD"::equals).count();
    }

    /** The private halves in the keystore. */
    public List<Path> keyFiles() {
        return files(bed.home().resolve("keys"));
    }

    /** OpenDKIM's copies. */
    public List<Path> signerKeyFiles() {
        return files(bed.openDkim().directory().resolve("keys"));
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The key records that the primary serves, one a line; the fence is none. */
    public List<String> records() {
        return bed.bind().primary().axfr(SelectordBed.DOMAIN).stream()
                .filter(line -> line.contains("._domainkey.") && line.contains("\tTXT\t"))
                .filter(line -> !line.startsWith("_selectord."))
                .sorted()
                .toList();
    }
}
