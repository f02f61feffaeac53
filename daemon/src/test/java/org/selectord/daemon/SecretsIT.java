package org.selectord.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.interfaces.RSAPrivateCrtKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.keystore.ForeignKey;
import org.selectord.keystore.PrivateKeyPem;

/** After everything that a key goes through, with all that is logged at TRACE, no secret stands anywhere but where it belongs. */
class SecretsIT {
    private static final String PASSPHRASE = "correct horse battery staple";

    private final SelectordBed bed = SelectordBed.create(0);
    private final Set<String> needles = new TreeSet<>();

    @AfterEach
    void close() {
        bed.close();
    }

    @Test
    void noSecretLeavesItsPlace() throws Exception {
        bed.environment(Map.of("SELECTORD_LOG", "TRACE")).start().startOpenDkim();
        bed.awaitStandby();
        learnKeys();
        assertThat(readAll(bed.openDkim().directory()))
                .as("what is looked for can be found: the signer has its key in clear")
                .containsAnyOf(needles.toArray(String[]::new));
        assertThat(bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=60s").exit())
                .isZero();
        learnKeys();
        adoptWhatCannotBe();
        assertThat(bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--compromised", "--scope", "store", "--wait=60s")
                        .exit())
                .isZero();
        learnKeys();
        await().atMost(Duration.ofSeconds(90))
                .until(() -> !bed.inState("REMOVED").isEmpty());
        needles.add(PASSPHRASE);
        needles.add(SelectordBed.token());
        needles.add(tsigSecret());

        Map<String, String> places = places();
        assertThat(places.get("log")).contains("DEBUG", "domain=" + SelectordBed.DOMAIN);
        assertThat(places.get("registry")).contains(SelectordBed.DOMAIN);
        places.forEach((place, text) -> needles.forEach(needle -> assertThat(text.contains(needle))
                .as("a secret stands in the %s", place)
                .isFalse()));
        assertThat(bed.stop()).isZero();
    }

    /** All that are in the keystore now: their DER, and their numbers as programs write numbers. */
    private void learnKeys() throws IOException {
        try (Stream<Path> files = Files.list(bed.home().resolve("keys"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".pem")).toList()) {
                learn(ForeignKey.read(Files.readAllBytes(file), Optional.of(PASSPHRASE.toCharArray())));
            }
        } catch (NoSuchFileException e) {
            learnKeys(); // one was destroyed meanwhile
        }
    }

    private void learn(PrivateKeyPem key) {
        String der = Base64.getEncoder().encodeToString(key.revealPkcs8());
        needles.add(der.substring(der.length() / 2 / 64 * 64, der.length() / 2 / 64 * 64 + 64)); // one line of PEM
        RSAPrivateCrtKey numbers = (RSAPrivateCrtKey) key.revealKeyPair().getPrivate();
        for (BigInteger secret : List.of(numbers.getPrivateExponent(), numbers.getPrimeP(), numbers.getPrimeQ())) {
            needles.add(secret.toString().substring(0, 40));
            needles.add(secret.toString(16).substring(0, 40));
        }
    }

    /** Each of these is refused with a sentence, which quotes nothing. */
    private void adoptWhatCannotBe() throws IOException {
        Path own = bed.openDkim().directory();
        String clear;
        try (Stream<Path> files = Files.walk(own)) {
            clear = Files.readString(files.filter(file -> file.toString().endsWith(".private"))
                    .findFirst()
                    .orElseThrow());
        }
        char there = clear.charAt(900);
        String damaged = clear.substring(0, 900) + (there == 'A' ? 'B' : 'A') + clear.substring(901);
        bed.write("damaged.pem", damaged);
        bed.write("encrypted.pem", Files.readString(anyStored()));
        bed.write("other.pass", "wrong-" + PASSPHRASE + "\n");
        assertRefused("private_key is none that can be taken", "damaged.pem");
        assertRefused("its passphrase is another one", "encrypted.pem", "--passphrase-file", path("other.pass"));
    }

    private Path anyStored() throws IOException {
        try (Stream<Path> files = Files.list(bed.home().resolve("keys"))) {
            return files.filter(file -> file.toString().endsWith(".pem"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void assertRefused(String why, String key, String... more) {
        List<String> command =
                new ArrayList<>(List.of("domain", "adopt", SelectordBed.DOMAIN, "mail", "--key", path(key)));
        command.addAll(List.of(more));
        SelectordBed.Output output = bed.ctl(command.toArray(String[]::new));
        assertThat(output.exit()).isNotZero();
        assertThat(output.out() + output.err()).contains(why);
        needles.forEach(needle ->
                assertThat((output.out() + output.err()).contains(needle)).isFalse());
    }

    private String path(String name) {
        return bed.home().resolve(name).toString();
    }

    private String tsigSecret() throws IOException {
        String file = Files.readString(bed.home().resolve("tsig.key"));
        return file.replaceFirst("(?s).*secret \"([^\"]+)\".*", "$1");
    }

    private Map<String, String> places() throws Exception {
        Map<String, String> places = new LinkedHashMap<>();
        places.put("log", bed.log());
        places.put("metrics", bed.http("GET", "/metrics", Optional.empty()).body());
        for (String path : List.of("", "/explain", "/history", "/plan")) {
            String url = "/v1/domains/" + SelectordBed.DOMAIN + path;
            places.put(
                    "answer to GET " + url,
                    bed.http("GET", url, Optional.empty()).body());
        }
        places.put("registry", readAll(bed.home().resolve("registry")));
        places.put("process list", printed("ps", "-eww", "-o", "args")); // everybody may read it
        places.put(
                "names of files, as dumps have them too",
                printed("find", bed.home().toString()));
        places.put("keystore on the disk", readAll(bed.home().resolve("keys")));
        return places;
    }

    private static String printed(String... command) throws Exception {
        Process program = new ProcessBuilder(command).start();
        return new String(program.getInputStream().readAllBytes(), UTF_8);
    }

    private static String readAll(Path directory) {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(file)
                        .append('\n')
                        .append(Files.readString(file, ISO_8859_1))
                        .append('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toString();
    }
}
