package org.selectord.rotation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.ParentZone;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/**
 * Counts what a daemon calls outside itself, from {@link #begin} on, and makes one fault at one of these calls. What a fault looks like is the port's
 * affair: an exception it may throw, or its own way to say that it does not know.
 */
final class Faults implements Wire {
    /** A part of every message of an exception that was made here. */
    static final String INJECTED = "injected fault";

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    /** After a crash nothing is left of them, and they come back by themselves: no calls to the outside. */
    private static final Set<String> WITHIN = Set.of("id", "drainPeriod", "release", "hashCode", "equals", "toString");

    private static final Set<String> EFFECTS = Set.of("save", "apply", "forget", "take", "discard", "destroy");

    enum Kind {
        /** It has no effect, and the caller sees an exception. */
        THROW_BEFORE,
        /** It has its effect, and the caller sees an exception. */
        THROW_AFTER,
        /** The process is gone before the call. */
        CRASH_BEFORE,
        /** The process is gone after it. */
        CRASH_AFTER,
        /** It has no effect, and the caller hears nothing until its deadline. */
        HANG_BEFORE,
        /** It has its effect, and the caller hears nothing until its deadline. */
        HANG_AFTER,
        /** It has no effect when the caller gives up waiting; that comes some time later. */
        LAND_LATE;

        /**
         * What only looks is the same before and after it, and a crash there is a crash after the effect before it. The registry is the daemon's own
         * file: it answers or throws, and takes nothing late.
         */
        boolean fits(Call call) {
            return switch (this) {
                case THROW_BEFORE -> !call.name().equals("nextDueAt"); // a sweep's claimDue stands for it
                case THROW_AFTER, CRASH_BEFORE, CRASH_AFTER -> call.isEffect();
                case HANG_BEFORE -> call.port() != KeyRegistry.class;
                case HANG_AFTER -> call.isEffect() && call.port() != KeyRegistry.class;
                case LAND_LATE ->
                    call.isEffect()
                            && call.port() != KeyRegistry.class
                            && !call.name().equals("discard");
            };
        }
    }

    /** One call to the outside. */
    record Call(Class<?> port, String name) {
        boolean isEffect() {
            return EFFECTS.contains(name);
        }

        @Override
        public String toString() {
            return port.getSimpleName() + "." + name;
        }
    }

    /** The process is gone; nothing of ours catches it. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash() {
            super(INJECTED, null, false, false);
        }
    }

    final List<Call> calls = new ArrayList<>();
    private final Optional<Kind> kind;
    private final int at;
    private Optional<World> world = Optional.empty();
    private boolean begun;
    private int life;
    private boolean happened;

    /** None: only counts. */
    Faults() {
        this(Optional.empty(), 0);
    }

    /** @param at counted from 1 */
    Faults(Kind kind, int at) {
        this(Optional.of(kind), at);
    }

    private Faults(Optional<Kind> kind, int at) {
        this.kind = kind;
        this.at = at;
    }

    void begin(World where) {
        world = Optional.of(where);
        begun = true;
    }

    /** Whether the fault has been made. */
    boolean happened() {
        return happened;
    }

    @Override
    public <P> P between(Class<P> port, P behind) {
        int thisLife = life;
        return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (proxy, method, args) -> {
            if (life != thisLife) {
                throw new Crash(); // a process that is gone goes on with nothing
            }
            return WITHIN.contains(method.getName())
                    ? pass(behind, method, args)
                    : call(new Call(port, method.getName()), behind, method, args);
        }));
    }

    private @Nullable Object call(Call call, Object behind, Method method, @Nullable Object[] args) throws Throwable {
        if (begun) {
            calls.add(call);
        }
        if (!begun || kind.isEmpty() || calls.size() != at) {
            return pass(behind, method, args);
        }
        happened = true;
        switch (kind.get()) {
            case THROW_BEFORE -> throw exception(call);
            case THROW_AFTER -> {
                pass(behind, method, args);
                throw exception(call);
            }
            case CRASH_BEFORE -> throw crash();
            case CRASH_AFTER -> {
                pass(behind, method, args);
                throw crash();
            }
            case HANG_BEFORE -> {
                return hang(call, args);
            }
            case HANG_AFTER -> {
                pass(behind, method, args);
                return hang(call, args);
            }
            case LAND_LATE -> {
                Instant began = world().time.instant();
                landLate(call, behind, method, args);
                return notKnown(call, args, began);
            }
        }
        throw new IllegalStateException();
    }

    private Object hang(Call call, @Nullable Object[] args) throws Exception {
        Instant began = world().time.instant();
        world().time.pass(DEADLINE.toMillis());
        return notKnown(call, args, began);
    }

    private World world() {
        return world.orElseThrow();
    }

    private static @Nullable Object pass(Object behind, Method method, @Nullable Object[] args) throws Throwable {
        try {
            return method.invoke(behind, args);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    private Crash crash() {
        life++;
        return new Crash();
    }

    private static Exception exception(Call call) {
        if (call.port == KeyRegistry.class) {
            return new RegistryUnavailableException(INJECTED, new IllegalStateException());
        } else if (call.port == GenerateKey.KeySource.class || call.port == PrivateKeyStore.class) {
            return new PrivateKeyStoreUnavailableException(INJECTED);
        }
        return new IllegalStateException(INJECTED);
    }

    /** How a port says that it does not know, or throws what it throws then. */
    private Object notKnown(Call call, @Nullable Object[] args, Instant began) throws Exception {
        if (call.port == ZoneUpdater.class && call.name.equals("apply")) {
            UpdateResult unknown = new UpdateResult(
                    UpdateResult.Verdict.UNKNOWN, Optional.empty(), Optional.of(began), "no answer in 30 s");
            return each(args[2], unknown);
        } else if (call.port == ZoneUpdater.class) {
            return each(args[1], new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "no answer in 30 s"));
        } else if (call.port == PropagationCheck.class) {
            return byName(args[1], new Propagation(List.of(), Optional.of("no answer in 30 s")));
        } else if (call.port == AuthoritativeLookup.class) {
            return new AuthoritativeLookup.Location.NoAnswer("no answer in 30 s");
        } else if (call.port == ParentZone.class) {
            return OptionalLong.empty();
        } else if (call.port == Signer.class && call.name.equals("forget")) {
            return new Outcome.Unknown("no answer in 30 s");
        } else if (call.port == Signer.class) {
            return byName(
                    ((Map<?, ?>) args[0]).keySet(),
                    call.isEffect()
                            ? new Outcome.Unknown("told, and not seen since")
                            : new Outcome.NotYet(Pace.QUICK, new Reason("no answer in 30 s")));
        }
        throw exception(call);
    }

    private static <T> List<T> each(Object asked, T answer) {
        return ((Collection<?>) asked).stream().map(one -> answer).toList();
    }

    private static <T> Map<Object, T> byName(Object asked, T answer) {
        Map<Object, T> answers = new HashMap<>();
        ((Collection<?>) asked).forEach(name -> answers.put(name, answer));
        return answers;
    }

    /** Each kind of effect in its own way; the daemon hears nothing of it. */
    private void landLate(Call call, Object behind, Method method, @Nullable Object[] args) throws Throwable {
        if (call.port == ZoneUpdater.class) {
            world().dns.nextLandsLate = true;
            pass(behind, method, args);
        } else if (call.port == Signer.class && call.name.equals("apply")) {
            List<WorldSigner> signers = world().signers;
            signers.forEach(signer -> signer.lags = true);
            pass(behind, method, args);
            signers.forEach(signer -> signer.lags = false);
        } else if (call.port == GenerateKey.KeySource.class) {
            later(() -> world().keystore.take((KeyAlgorithm) args[0], this::isTaken));
        } else {
            later(() -> method.invoke(behind, args));
        }
    }

    private boolean isTaken(KeyFingerprint key) {
        return world().registry.isTaken(key);
    }

    private interface Effect {
        void happen() throws ReflectiveOperationException, PrivateKeyStoreException;
    }

    private void later(Effect effect) {
        world().time.in(Duration.ofSeconds(45), () -> {
            try {
                effect.happen();
            } catch (ReflectiveOperationException | PrivateKeyStoreException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** The call that went wrong, for people. */
    String where() {
        return calls.size() < at ? "no call" : calls.get(at - 1).toString();
    }
}
