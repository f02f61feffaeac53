/*
 * One rotation, from key OLD to key NEW, by two daemons that share a registry, against a primary, two secondaries, a resolver's cache
 * and two signers. Run by SpinIT. By hand, in an empty directory:
 *
 *     spin -a rotation.pml && gcc -O2 -DCOLLAPSE -DNFAIR=3 -o pan pan.c
 *     ./pan -m100000 -N never_delete_active; ./pan -m100000 -N never_sign_unpublished; ./pan -m100000 -a -f -N eventually_rotated
 *     spin -t -p -g rotation.pml          (after an error: the way there; name -D... as for spin -a)
 *
 * What is in it. A step is begun under the lease, with its intent in the registry (the fence's epoch in it), performed with any pause in
 * between, and finished only by who still has the lease: begin, perform, finish of RotationRunner. An UPDATE can be lost, doubled, delayed
 * past the deadline of its sender, and its reply lost; a sender that was answered by nothing looks before it repeats. The lease can go to the
 * other daemon at any moment while the first goes on with what it had begun. A signer can go back to its old tables by itself; an operator can
 * roll back during the grace period. Every run has at most FAULTS of all these, any of them, at any moment.
 *
 * What is not. Time is order: "N has passed" is "no cache holds a denial any more", which caches may keep as long as they like;
 * "grace has passed" is "no daemon is still busy telling a signer about OLD". A signer that goes back by itself after the last look before the
 * withdrawal is excused until it is told again: nobody can know of it. Each value is right or absent; foreign records, several keys and
 * the keystore are the business of the simulation.
 *
 * With -D of one of these, a defence is taken out and a property must fail:
 *     NO_FENCE             the primary takes an UPDATE of any epoch
 *     FENCE_READ_LATE      the epoch is read from DNS when the message leaves, not taken from the intent
 *     NO_RECHECK           the signers are not looked at again before the withdrawal
 *     TIMEOUT_IS_FAILURE   an UPDATE without an answer is taken as not done
 *     NO_NEGATIVE_WAIT     N is not waited for
 *     PRIMARY_IS_ENOUGH    only the primary is asked for the record
 *     GIVES_UP             a publication without an answer is not tried again
 * With -DONE_DAEMON -DWAIT_OUT: no fence and no second daemon; an opposite change waits until nothing of before can land. All must hold.
 */

#ifndef FAULTS
#define FAULTS 3
#endif

#define OLD 0
#define NEW 1
#define A 0 /* the daemons */
#define B 1
#define NOBODY 2
#define PRIMARY 0

/* what the registry says is to be done next; from WITHDRAW on the record of OLD is meant to go */
mtype:phase = { PUBLISH, PROVE, FLIP, GRACE, BACK, CHECK, WITHDRAW, REPUBLISH, DONE }
mtype:change = { ADD, DELETE }
mtype:verdict = { PENDING, APPLIED, FENCED, UNKNOWN }

/* ---- the world */
bool old[3] = true;        /* the record of OLD at the primary and the secondaries */
bool new[3] = false;
byte fence;                /* the epoch that stands in DNS */
bool denied;               /* the cache holds a denial of NEW */
bit uses[2] = OLD;         /* what each signer signs with */
bool excused[2];
#define SLOTS 3 /* messages on their way, in no order */
chan net[SLOTS] = [1] of { mtype:change, bit, byte, byte, bit, bit }; /* change, key, epoch before, after, sender, its connection */
byte faults = FAULTS;

/* ---- the registry */
mtype:phase phase = PUBLISH;
bit lease = A;
byte term;                 /* how often the lease changed hands */
byte bumpedIn = 255;       /* the term in which the fence was last known to be raised */
byte epoch;                /* of the fence, as last seen */
bool proven = true;        /* OLD was read back where it is meant to stand */

/* ---- the ends of the connections */
bool waiting[2];
bit connection[2];
mtype:verdict verdict[2] = PENDING;
byte telling[2] = NOBODY;  /* which key a daemon is telling signers, NOBODY: none */

bool deletedActive;        /* a deletion was applied that must not be */

#define everywhere(record) (record[0] && record[1] && record[2])
#define nowhere(record) (!record[0] && !record[1] && !record[2])
#define usedBy(s, key) (uses[s] == key && !excused[s])
#define published(s) (excused[s] || (uses[s] == OLD && everywhere(old)) || (uses[s] == NEW && everywhere(new) && !denied))
#define rotated (phase == DONE && uses[0] == NEW && uses[1] == NEW && nowhere(old) && everywhere(new))

ltl never_delete_active { [] !deletedActive }
ltl never_sign_unpublished { [] (published(0) && published(1)) }
ltl eventually_rotated { <> [] rotated }

/* ---- the primary, and the way to it */

inline answer(v) {
    if
    :: waiting[sender] && connection[sender] == on -> verdict[sender] = v; waiting[sender] = false
    :: else /* nobody is there to hear it */
    fi
}

inline apply() {
    if
    :: change == DELETE ->
        deletedActive = deletedActive || (old[PRIMARY] && (proven || usedBy(0, OLD) || usedBy(1, OLD)));
        old[PRIMARY] = false
    :: change == ADD && key == OLD -> old[PRIMARY] = true
    :: change == ADD && key == NEW -> new[PRIMARY] = true
    fi
}

inline arrive() {
#if !defined(NO_FENCE) && !defined(WAIT_OUT)
    if
    :: before != fence -> answer(FENCED)
    :: else -> fence = after; apply(); answer(APPLIED)
    fi
#else
    fence = after; apply(); answer(APPLIED)
#endif
}

inline deliver(slot) {
    atomic {
        net[slot]?change, key, before, after, sender, on;
        if
        :: arrive()
        :: faults > 0 -> faults--; answer(UNKNOWN) /* lost */
        :: faults > 0 -> faults--; answer(UNKNOWN); arrive() /* its reply is lost */
        :: faults > 0 -> faults--; net[slot]!change, key, before, after, sender, on; arrive() /* doubled */
        fi;
        before = 0; after = 0; key = 0; sender = 0; on = 0; change = ADD
    }
}

active proctype Primary() {
    mtype:change change; bit key; byte before; byte after; bit sender; bit on;
end:
    do
    :: deliver(0)
    :: deliver(1)
    :: deliver(2)
    od
}

active proctype FirstSecondary() {
end:
    do
    :: d_step { old[1] != old[PRIMARY] || new[1] != new[PRIMARY] -> old[1] = old[PRIMARY]; new[1] = new[PRIMARY] }
    od
}

active proctype SecondSecondary() {
end:
    do
    :: d_step { old[2] != old[PRIMARY] || new[2] != new[PRIMARY] -> old[2] = old[PRIMARY]; new[2] = new[PRIMARY] }
    od
}

/* Somebody asks it for NEW at any time; it asks any server, and keeps a denial as long as it likes. */
active proctype Resolver() {
end:
    do
    :: d_step { !denied && !everywhere(new) -> denied = true }
    :: denied -> denied = false
    od
}

/* ---- what else happens */

inline goBack(s) {
    d_step {
        faults > 0 && uses[s] == NEW ->
        faults--; uses[s] = OLD;
        excused[s] = (phase == CHECK || !proven || !everywhere(old))
    }
}

active proctype Misfortune() {
end:
    do
    :: goBack(0)
    :: goBack(1)
    :: d_step { faults > 0 && phase == GRACE -> faults--; phase = BACK }
#ifndef ONE_DAEMON
    :: d_step { faults > 0 -> faults--; lease = 1 - lease; term++ }
#endif
    od
}

/* ---- the daemon */

inline finish(next) {
    d_step {
        if
        :: lease == me && term == mine -> phase = next
        :: else /* a stale finding */
        fi
    }
}

/* The intent was written with the epochs; what comes back is in v. */
inline send(c, k) {
    atomic { empty(net[0]) || empty(net[1]) || empty(net[2]) ->
#ifdef FENCE_READ_LATE
        after = fence + after - before; before = fence;
#endif
        connection[me] = 1 - connection[me];
        waiting[me] = true;
        if
        :: empty(net[0]) -> net[0]!c, k, before, after, me, connection[me]
        :: nempty(net[0]) && empty(net[1]) -> net[1]!c, k, before, after, me, connection[me]
        :: nempty(net[0]) && nempty(net[1]) -> net[2]!c, k, before, after, me, connection[me]
        fi
    };
    atomic {
        if
        :: verdict[me] != PENDING -> v = verdict[me]
        :: faults > 0 && verdict[me] == PENDING -> faults--; v = UNKNOWN /* its deadline is over, and the message still on its way */
        fi;
        waiting[me] = false; verdict[me] = PENDING
    }
}

/* Raises the fence in the first message of a term, and in the opposite of a change that may still be on its way. */
inline intend(opposite) {
    before = epoch;
    after = ((bumpedIn != term || opposite) -> epoch + 1 : epoch)
}

inline noteEpoch(e) {
    d_step {
        if
        :: lease == me && term == mine ->
            epoch = e;
            bumpedIn = (v == APPLIED -> term : bumpedIn)
        :: else
        fi
    }
}

inline tell(s, k) {
    d_step { uses[s] = k; excused[s] = false }
}

#ifdef PRIMARY_IS_ENOUGH
#define shows(record) record[PRIMARY]
#else
#define shows(record) record[PRIMARY]; record[1]; record[2] /* one after the other */
#endif

proctype Daemon(bit me) {
    byte mine; byte before; byte after; mtype:verdict v; bool inUse;
end:
    do
    :: atomic { lease == me && phase == PUBLISH -> mine = term; intend(false) };
        if
        :: new[PRIMARY] -> finish(PROVE)
        :: !new[PRIMARY] ->
            send(ADD, NEW);
            if
            :: v == APPLIED -> noteEpoch(after); finish(PROVE)
#ifdef GIVES_UP
            :: v == UNKNOWN -> break
            :: v == FENCED -> noteEpoch(fence)
#else
            :: else -> noteEpoch(fence) /* looks, and begins again */
#endif
            fi
        fi
    :: atomic { lease == me && phase == PROVE -> mine = term };
        shows(new);
#ifndef NO_NEGATIVE_WAIT
        !denied; /* N: what was cached before the last server had it is forgotten */
#endif
        finish(FLIP)
    :: atomic { lease == me && phase == FLIP -> mine = term; telling[me] = NEW };
        shows(new); /* every server once more */
        tell(0, NEW);
        tell(1, NEW);
        telling[me] = NOBODY;
        finish(GRACE)
    :: atomic { lease == me && phase == GRACE && telling[A] != OLD && telling[B] != OLD -> mine = term };
#ifdef NO_RECHECK
        d_step {
            if
            :: lease == me && term == mine && phase == GRACE -> phase = WITHDRAW; proven = false
            :: else
            fi
        }
#else
        d_step {
            if
            :: lease == me && term == mine && phase == GRACE -> phase = CHECK
            :: else
            fi
        }
#endif
    :: atomic { lease == me && phase == BACK -> mine = term; telling[me] = OLD };
        shows(old);
        tell(0, OLD);
        tell(1, OLD);
        telling[me] = NOBODY;
        finish(FLIP) /* resumed */
    :: atomic { lease == me && phase == CHECK -> mine = term };
        inUse = (uses[0] == OLD);
        inUse = (inUse || uses[1] == OLD);
        if
        :: inUse -> finish(FLIP)
        :: else ->
            d_step {
                if
                :: lease == me && term == mine -> phase = WITHDRAW; proven = false /* the durable intent */
                :: else
                fi
            }
        fi;
        inUse = false
    :: atomic { lease == me && phase == WITHDRAW -> mine = term; intend(false) };
#ifndef NO_RECHECK
        inUse = (uses[0] == OLD);
        inUse = (inUse || uses[1] == OLD);
#endif
        if
        :: inUse -> finish(REPUBLISH)
        :: !inUse && !old[PRIMARY] -> !old[1]; !old[2]; finish(DONE)
        :: !inUse && old[PRIMARY] ->
            send(DELETE, OLD);
            if
            :: v == APPLIED -> noteEpoch(after)
#ifdef TIMEOUT_IS_FAILURE
            :: v == UNKNOWN ->
                noteEpoch(fence);
                d_step {
                    if
                    :: lease == me && term == mine -> phase = GRACE; proven = true
                    :: else
                    fi
                }
            :: v == FENCED -> noteEpoch(fence)
#else
            :: else -> noteEpoch(fence)
#endif
            fi
        fi;
        inUse = false
#ifdef WAIT_OUT
    :: atomic { lease == me && phase == REPUBLISH && empty(net[0]) && empty(net[1]) && empty(net[2]) -> mine = term; intend(true) };
#else
    :: atomic { lease == me && phase == REPUBLISH -> mine = term; intend(true) };
#endif
        send(ADD, OLD);
        if
        :: v == APPLIED ->
            d_step {
                if
                :: lease == me && term == mine -> epoch = after; bumpedIn = term; phase = FLIP; proven = true
                :: else
                fi
            }
        :: else -> noteEpoch(fence)
        fi
    :: atomic { lease == me && phase == DONE && (uses[0] == OLD || uses[1] == OLD) -> mine = term };
        finish(REPUBLISH)
    od
}

init {
    atomic {
        run Daemon(A);
#ifndef ONE_DAEMON
        run Daemon(B);
#endif
    }
}
