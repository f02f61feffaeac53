package org.selectord.keystore.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.CheckedKeyPairs;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyPairSource;
import org.selectord.key.ProviderKeyPairSource;
import org.selectord.keystore.ForeignKey;
import org.selectord.keystore.PrivateKeyPem;

/**
 * {@code deploy/bench keys}: no test, so no build runs it. The ways take turns, round after round, on the same machine; what counts is
 * processor time, for others may be at work beside it. Ours includes the check that every new key goes through. Each key that any of them
 * made is then checked: its size, its exponent, that its numbers belong together, that it signs what its public half verifies, that it is
 * not one of the others; a few of each by openssl too.
 */
class KeysBench {
    private static final int ROUNDS = 8;
    private static final int WARM_UP = 10;
    private static final int SAMPLE = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    @TempDir
    private Path directory;

    private int runs;

    /** One way of making keys: files in one directory, named by number, and the processor time it took, in seconds. */
    private interface Way {
        double make(KeyAlgorithm algorithm, int count, Path into) throws Exception;
    }

    private record Named(String called, Way way) {}

    /** What came of one way. */
    private static final class Sums {
        private int keys;
        private double processorSeconds;
        private int keysOnBoth;
        private double secondsOnBoth;

        private double perCore() {
            return keys / processorSeconds;
        }

        private double onBoth() {
            return keysOnBoth / secondsOnBoth;
        }
    }

    @Test
    void rsa2048() throws Exception {
        compare(
                KeyAlgorithm.RSA_2048,
                30,
                List.of(
                        tool(
                                "opendkim-genkey -b 2048",
                                "opendkim-genkey -b 2048 -s $i; mv $i.private $i; rm -f $i.txt"),
                        tool(
                                "openssl genpkey",
                                "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $i 2>/dev/null"),
                        tool("rspamadm dkim_keygen -b 2048", "rspamadm dkim_keygen -b 2048 -k $i >/dev/null")));
    }

    @Test
    void ed25519() throws Exception {
        compare(
                KeyAlgorithm.ED25519,
                40,
                List.of(
                        tool("openssl genpkey", "openssl genpkey -algorithm ed25519 -out $i 2>/dev/null"),
                        tool("rspamadm dkim_keygen -t ed25519", "rspamadm dkim_keygen -t ed25519 -k $i >/dev/null")));
    }

    private void compare(KeyAlgorithm algorithm, int each, List<Named> peers) throws Exception {
        List<Named> ways = Stream.concat(
                        peers.stream(),
                        Stream.of(
                                        ProviderKeyPairSource.bouncyCastle(RANDOM),
                                        ProviderKeyPairSource.jdk(RANDOM),
                                        ProviderKeyPairSource.conscrypt(RANDOM).orElseThrow())
                                .map(KeysBench::ours))
                .toList();
        List<Sums> sums = ways.stream().map(way -> new Sums()).toList();
        Set<String> seen = new HashSet<>();
        int openssl = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            for (int i = 0; i < ways.size(); i++) {
                boolean warmingUp = round == 0; // the daemon is a process that stays
                List<Path> made = round(
                        ways.get(i).way(), algorithm, warmingUp ? WARM_UP : each, warmingUp ? new Sums() : sums.get(i));
                for (Path file : made) {
                    requireSound(file, algorithm, seen);
                }
                if (round == 1) {
                    openssl += checkedByOpenssl(made, algorithm);
                }
            }
            System.err.printf("%s: round %d of %d is over%n", algorithm.word(), round, ROUNDS);
        }
        print(algorithm, ways, sums, seen.size(), openssl);
    }

    private List<Path> round(Way way, KeyAlgorithm algorithm, int each, Sums sums) throws Exception {
        List<Path> made = new ArrayList<>();
        Path alone = Files.createDirectory(directory.resolve("run" + runs++));
        sums.processorSeconds += way.make(algorithm, each, alone);
        sums.keys += each;
        made.addAll(filesIn(alone));

        List<Path> both = List.of(
                Files.createDirectory(directory.resolve("run" + runs++)),
                Files.createDirectory(directory.resolve("run" + runs++)));
        long begunAt = System.nanoTime();
        inParallel(both.stream()
                .<Callable<Double>>map(into -> () -> way.make(algorithm, each / 3, into))
                .toList());
        sums.secondsOnBoth += (System.nanoTime() - begunAt) / 1e9;
        sums.keysOnBoth += each / 3 * 2;
        for (Path into : both) {
            made.addAll(filesIn(into));
        }
        return made;
    }

    private static List<Path> filesIn(Path into) throws IOException {
        try (Stream<Path> files = Files.list(into)) {
            return files.toList();
        }
    }

    private static void inParallel(List<Callable<Double>> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            for (Future<Double> each : threads.invokeAll(work)) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    // ---- the ways

    private static Named ours(ProviderKeyPairSource provider) {
        KeyPairSource checked = new CheckedKeyPairs(provider);
        return new Named("selectord, " + provider, (algorithm, count, into) -> {
            List<PrivateKeyPem> keys = new ArrayList<>();
            long begunAt = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int i = 0; i < count; i++) {
                keys.add(PrivateKeyPem.of(checked.generate(algorithm)));
            }
            long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begunAt;
            for (int i = 0; i < count; i++) {
                Files.writeString(into.resolve(Integer.toString(i)), keys.get(i).reveal());
            }
            return took / 1e9;
        });
    }

    /** A loop in one shell, which says at its end how long its children were on a processor. */
    private static Named tool(String called, String command) {
        return new Named(called, (algorithm, count, into) -> {
            Process shell = new ProcessBuilder(
                            "bash",
                            "-c",
                            "set -e; TIMEFORMAT='%U %S'; PATH=$PATH:/usr/sbin; time for ((i = 0; i < " + count
                                    + "; i++)); do " + command + "; done")
                    .directory(into.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(shell.getInputStream().readAllBytes(), UTF_8);
            if (shell.waitFor() != 0) {
                throw new IllegalStateException(called + ": " + output);
            }
            String userAndSystem =
                    output.strip().lines().reduce((earlier, last) -> last).orElseThrow();
            return Stream.of(userAndSystem.split(" ", -1))
                    .mapToDouble(Double::parseDouble)
                    .sum();
        });
    }

    // ---- what they made

    private static void requireSound(Path file, KeyAlgorithm algorithm, Set<String> seen) throws Exception {
        PrivateKeyPem key = ForeignKey.read(Files.readAllBytes(file), Optional.empty()); // p * q and the rest
        new CheckedKeyPairs(asked -> key.revealKeyPair()).generate(algorithm); // size, 65537, sign and verify
        if (!seen.add(key.publicHalf().fingerprint().hex())) {
            throw new IllegalStateException(file + " is a key that was made before");
        }
    }

    private static int checkedByOpenssl(List<Path> made, KeyAlgorithm algorithm) throws Exception {
        for (Path file : made.subList(0, SAMPLE)) {
            Path pem = file.resolveSibling(file.getFileName() + ".pem");
            Files.writeString(
                    pem,
                    ForeignKey.read(Files.readAllBytes(file), Optional.empty()).reveal());
            Process openssl = new ProcessBuilder("openssl", "pkey", "-check", "-noout", "-in", pem.toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(openssl.getInputStream().readAllBytes(), UTF_8);
            if (openssl.waitFor() != 0 || !output.contains("Key is valid")) {
                throw new IllegalStateException("openssl pkey -check of a key of " + algorithm.word() + ": " + output);
            }
        }
        return SAMPLE;
    }

    private static void print(KeyAlgorithm algorithm, List<Named> ways, List<Sums> sums, int sound, int openssl) {
        System.out.printf(
                Locale.ROOT,
                "%n%s key pairs: %d of each way in %d rounds on one core, and again on two at the same time%n",
                algorithm.word(),
                sums.get(0).keys,
                ROUNDS);
        System.out.printf("  %-32s %28s %18s %10s%n", "", "a second of processor time", "a second on two", "ratio");
        double reference = sums.get(0).perCore();
        IntStream.range(0, ways.size())
                .forEach(i -> System.out.printf(
                        Locale.ROOT,
                        "  %-32s %28.1f %18.1f %10.2f of %s%n",
                        ways.get(i).called(),
                        sums.get(i).perCore(),
                        sums.get(i).onBoth(),
                        sums.get(i).perCore() / reference,
                        ways.get(0).called()));
        System.out.printf(
                "all %d keys are sound (size, exponent, numbers, sign and verify, none twice), %d of them by openssl pkey -check too%n",
                sound, openssl);
        if (algorithm == KeyAlgorithm.RSA_2048) {
            System.out.println("target: selectord at least 3 of opendkim-genkey, by processor time");
        }
    }
}
