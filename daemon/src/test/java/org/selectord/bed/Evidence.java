package org.selectord.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What can be found out about a bed from outside: what selectord says of itself, its files, and what the primary serves. */
public final class Evidence {
    private static final int PAGE = 1000;

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
        List<Entry> entries = newest();
        if (entries.size() == PAGE) {
            throw new IllegalStateException("that is not the whole history: " + entries.size() + " entries");
        }
        return entries;
    }

    private List<Entry> newest() {
        String page = bed.http("GET", "/v1/domains/" + SelectordBed.DOMAIN + "/history?limit=" + PAGE, Optional.empty())
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
        if (entries.isEmpty()) {
            throw new IllegalStateException("there is no history");
        }
        return entries;
    }

    /** The history of a domain that has a longer one than a page can show, read again and again while it grows. */
    public final class Growing {
        private final Set<Entry> seen = new LinkedHashSet<>();

        /** All since the first time; fails where more came since the last time than a page shows. */
        public List<Entry> read() {
            List<Entry> page = newest();
            boolean gap = !seen.isEmpty() && page.stream().noneMatch(seen::contains);
            if (gap || (seen.isEmpty() && page.size() == PAGE)) {
                throw new IllegalStateException("what came before " + page.get(page.size() - 1) + " was not read");
            }
            seen.addAll(page);
            return List.copyOf(seen);
        }
    }

    public Growing growing() {
        return new Growing();
    }

    /** How long after a key was RETIRED its withdrawal was first intended; empty where it was not. */
    public static Optional<Duration> fromRetiredToWithdrawal(List<Entry> history, String selector) {
        Optional<Instant> retiredAt = first(history, selector, "RETIRED", "");
        return retiredAt.flatMap(from -> withdrawalAt(history, selector).map(to -> Duration.between(from, to)));
    }

    /** When its withdrawal was first intended. */
    public static Optional<Instant> withdrawalAt(List<Entry> history, String selector) {
        return first(history, selector, "INTENDED", "WITHDRAW ");
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
        return files(bed.home().resolve("keys")).stream()
                .filter(file -> !file.endsWith("registry")) // which says whose they are
                .toList();
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
