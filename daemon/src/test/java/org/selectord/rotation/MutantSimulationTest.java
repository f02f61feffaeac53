package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyId;
import org.slf4j.Logger;

/**
 * Whether the simulation would notice: each mutant is the heart with one guard taken out of its source, compiled in memory, and lives through years of
 * the kinds of trouble that the guard is there for, until a promise breaks.
 */
class MutantSimulationTest {
    private static final int WORLDS = Integer.getInteger("simulation.mutant.worlds", 60);
    /** By hand: those whose name has this in it. */
    private static final String ONLY = System.getProperty("simulation.mutant", "");

    /**
     * One guard taken out.
     *
     * @param guarded a part of the source, there exactly once
     * @param troubles what it guards against; none: life itself
     * @param from the first world it lives in: it is noticed soon there
     */
    private record Mutant(String name, Class<?> of, String guarded, String instead, Set<Trouble> troubles, int from) {
        Mutant(String name, Class<?> of, String guarded, String instead, Set<Trouble> troubles) {
            this(name, of, guarded, instead, troubles, 1);
        }

        Mutant from(int world) {
            return new Mutant(name, of, guarded, instead, troubles, world);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Mutant> mutants() {
        return Stream.of(
                new Mutant(
                        "the negative TTL is not waited for",
                        DueTimes.class,
                        "return negativeTtl.plus(policy.publishMargin().of(negativeTtl));",
                        "return Duration.ZERO;",
                        Set.of()),
                new Mutant(
                        "the grace is a day",
                        DueTimes.class,
                        "return policy.gracePeriod().plus(policy.graceMargin());",
                        "return Duration.ofDays(1);",
                        Set.of()),
                new Mutant(
                                "one server that has proven it is enough",
                                Propagated.class,
                                ".allMatch(server -> server.provenAt().isPresent());",
                                ".anyMatch(server -> server.provenAt().isPresent());",
                                Set.of(Trouble.NOTIFY_LOST, Trouble.SECONDARY_SILENT))
                        .from(3),
                new Mutant(
                        "open connections do not count",
                        Use.class,
                        "Optional.of(sinceAt.plus(drain))",
                        "Optional.of(sinceAt)",
                        Set.of()),
                new Mutant(
                        "what comes to nothing is tried again at once",
                        Fold.class,
                        "at.plus(pace.after(attempts))",
                        "at",
                        Set.of(Trouble.ZONE_FROZEN, Trouble.SIGNER_SILENT, Trouble.KEYSTORE_UNAVAILABLE)),
                new Mutant(
                                "the clock's jump goes unnoticed",
                                TrustedClock.class,
                                "return wallPassed.minus(reallyPassed).abs().compareTo(TOLERANCE) <= 0;",
                                "return true;",
                                Set.of(Trouble.CLOCK_FORWARD))
                        .from(16),
                new Mutant(
                                "guards open on any clock",
                                RotationRunner.class,
                                "TimeReading reading = clock.get();\n        return new Moment(reading,",
                                "TimeReading reading = new TimeReading(clock.get().at(), true);\n        return new Moment(reading,",
                                Set.of(Trouble.CLOCK_FORWARD))
                        .from(13),
                new Mutant(
                                "a negative TTL that falls is believed at once",
                                HighWater.class,
                                "if (seen >= seconds) {",
                                "if (seen >= 0) {",
                                Set.of(Trouble.NEGATIVE_TTL_RAISED))
                        .from(7),
                new Mutant(
                        "what was seen of the zone for a neighbour does not count",
                        RotationRunner.class,
                        "return seen.isEmpty()",
                        "return domains.size() >= 0",
                        Set.of(Trouble.NEGATIVE_TTL_RAISED)),
                new Mutant(
                                "a server that leaves is forgotten",
                                ZoneFold.class,
                                "hasOneLeftTooSoon(before, shown, beingProven) ?",
                                "before.servers() == null ?",
                                Set.of(Trouble.SERVER_ADDED))
                        .from(9),
                new Mutant(
                        "a withdrawn record is not looked for on every server",
                        ZoneFold.class,
                        "return unused && timed && key.isGone(domain.counted(seen, at)) && mayReach",
                        "return unused && mayReach",
                        Set.of(Trouble.NOTIFY_LOST)),
                new Mutant(
                        "a withdrawal is not written down before it is made",
                        ManagedDomain.class,
                        "ManagedKey going = key.withStanding(Optional.empty());",
                        "ManagedKey going = key;",
                        Set.of()),
                new Mutant(
                        "private halves go as soon as nobody signs",
                        DueTimes.class,
                        "case RETIRED -> lastSignatureAt.map(last -> later(last, key.since().plus(policy.rollbackPeriod())));",
                        "case RETIRED -> lastSignatureAt;",
                        Set.of()),
                new Mutant(
                        "an answer that was lost counts as a failure",
                        Fold.class,
                        "ManagedDomain open = waiting.withIntent(new Intent(step, look.beganAt(), lookAt));",
                        "ManagedDomain open = waiting.withoutIntent(step).withKey(step.key().orElseThrow(), key -> key.withStanding(step.change().isEmpty() ? key.standing() : step.change().get().before()));",
                        Set.of(Trouble.ANSWER_LOST, Trouble.UPDATE_LANDS_LATE)),
                new Mutant(
                                "a witness that disagrees is believed",
                                TrustedClock.class,
                                "if (agrees) {",
                                "if (agrees || !byWord) {",
                                Set.of(Trouble.CLOCK_FORWARD))
                        .from(3),
                new Mutant(
                        "signers are not looked at before a withdrawal",
                        EndPlan.class,
                        "} else if (isUnusedEverywhere(key, dueAt.get())) {",
                        "} else {",
                        Set.of()),
                new Mutant(
                                "servers are not looked at before a flip",
                                SuccessorPlan.class,
                                "} else if (!propagated.exactEverywhere() || !plan.isFresh(lookedAt(propagated))) {",
                                "} else if (!propagated.exactEverywhere()) {",
                                Set.of(Trouble.SECONDARY_SILENT, Trouble.RECORD_LOST))
                        .from(35),
                new Mutant(
                                "a compromised key is revoked while signers stop",
                                DueTimes.class,
                                ".filter(stopped -> stopped.isBefore(latest))\n                .orElse(latest));",
                                ".filter(stopped -> stopped.isBefore(latest))\n                .orElse(compromise.declaredAt()));",
                                Set.of(Trouble.SIGNER_LAGS))
                        .from(5),
                new Mutant(
                        "flips are not capped",
                        FlipGate.class,
                        "ledger.capped(fleet, now).or(() -> heldByCanaries(domain, settings.policy()))",
                        "heldByCanaries(domain, settings.policy())",
                        Set.of()),
                new Mutant(
                                "canaries go with the others",
                                FlipGate.class,
                                "if (first || ordered) {",
                                "if (!first || ordered) {",
                                Set.of())
                        .from(2),
                new Mutant(
                                "the breaker holds nothing",
                                FlipGate.class,
                                "ledger.breaker().map(FlipLedger.Breaker::why)",
                                "Optional.empty()",
                                Set.of(Trouble.SIGNER_SIGNS_WRONGLY))
                        .from(24),
                new Mutant(
                                "a second TXT is no matter",
                                ZoneFold.class,
                                "return answer.holdsExactly(ours)",
                                "return answer.found().filter(set -> set.holdsTextOf(ours)).isPresent()",
                                Set.of(Trouble.SECOND_TXT))
                        .from(41),
                new Mutant(
                        "a wildcard is no matter",
                        LocateZone.class,
                        "return at.wildcard()",
                        "return Optional.<String>empty()",
                        Set.of(Trouble.WILDCARD)),
                new Mutant(
                                "updates carry no fence",
                                RotationRunner.class,
                                "return task.step().verb().changesZone() && task.settings().dns().fence();",
                                "return false;",
                                Set.of())
                        .from(2),
                new Mutant(
                        "the history says the secret of the TSIG key",
                        Chronicle.class,
                        "task.step().verb() + \" at \" + task.step().target(),",
                        "new String(task.settings().dns().tsig().secret().reveal(), java.nio.charset.StandardCharsets.US_ASCII),",
                        Set.of()));
    }

    static Stream<Mutant> wanted() {
        return mutants().filter(mutant -> mutant.name.contains(ONLY));
    }

    @ParameterizedTest
    @MethodSource("wanted")
    void theSimulationNoticesThat(Mutant mutant) throws Exception {
        long began = System.nanoTime();
        ClassLoader mutated = new Mutated(compiled(mutant));
        Optional<String> noticed = Optional.empty();
        int worlds = 0;
        while (noticed.isEmpty() && worlds < WORLDS) {
            noticed = broken(mutated, mutant.from + worlds, mutant.troubles);
            worlds++;
        }

        assertThat(noticed).as(mutant.name).isPresent();
        System.out.printf(
                "%s: noticed in world %d, the %d., after %d ms: %s%n",
                mutant.name,
                mutant.from + worlds - 1,
                worlds,
                (System.nanoTime() - began) / 1_000_000,
                noticed.map(why -> why.substring(0, Math.min(160, why.length())))
                        .orElseThrow());
    }

    private static Optional<String> broken(ClassLoader loader, long seed, Set<Trouble> troubles) throws Exception {
        Class<?> world = loader.loadClass(World.class.getName());
        Constructor<?> constructor = world.getDeclaredConstructor(long.class, String.class);
        constructor.setAccessible(true);
        Method live = world.getDeclaredMethod("live");
        live.setAccessible(true);
        String kinds = troubles.stream().map(Trouble::name).sorted().collect(Collectors.joining(" "));
        try {
            live.invoke(constructor.newInstance(seed, kinds));
            return Optional.empty();
        } catch (InvocationTargetException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            if (cause instanceof AssertionError) {
                return Optional.of(String.valueOf(cause.getMessage()));
            }
            throw new IllegalStateException("the mutant cannot live", cause);
        }
    }

    // ---- compiling

    private static Map<String, byte[]> compiled(Mutant mutant) throws IOException {
        String source =
                Files.readString(Path.of("src/main/java", mutant.of.getName().replace('.', '/') + ".java"));
        assertThat(source.split(java.util.regex.Pattern.quote(mutant.guarded), -1))
                .as("the guard of \"%s\" is there exactly once", mutant.name)
                .hasSize(2);
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "this needs a JDK");
        try (StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, null)) {
            InMemory files = new InMemory(standard);
            StringWriter said = new StringWriter();
            boolean done = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-proc:none", "-nowarn", "-cp", classPath()),
                            null,
                            List.of(new Source(mutant.of.getName(), source.replace(mutant.guarded, mutant.instead))))
                    .call();
            assertThat(done).as(said.toString()).isTrue();
            return files.classes();
        }
    }

    private static String classPath() {
        return Stream.of(World.class, RotationPlanner.class, TxtRRset.class, KeyId.class, Logger.class)
                .map(MutantSimulationTest::place)
                .collect(Collectors.joining(java.io.File.pathSeparator));
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name.replace('.', '/') + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

        InMemory(JavaFileManager standard) {
            super(standard);
        }

        Map<String, byte[]> classes() {
            return written.entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().toByteArray()));
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, javax.tools.FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + className + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return written.computeIfAbsent(className, name -> new ByteArrayOutputStream());
                }
            };
        }
    }

    /** Our package once more, with the mutated class in it: package-private members are seen only within one loader. */
    private static final class Mutated extends ClassLoader {
        private static final String OURS = World.class.getPackageName() + ".";

        private final Map<String, byte[]> mutated;

        Mutated(Map<String, byte[]> mutated) {
            super(World.class.getClassLoader());
            this.mutated = mutated;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : name.startsWith(OURS) ? define(name) : super.loadClass(name, resolve);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            byte[] octets = mutated.getOrDefault(name, new byte[0]);
            byte[] defined = octets.length > 0 ? octets : original(name);
            return defineClass(name, defined, 0, defined.length);
        }

        private byte[] original(String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
