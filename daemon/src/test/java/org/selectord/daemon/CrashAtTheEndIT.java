package org.selectord.daemon;

import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The end of a key; and selectord and named are killed together. */
class CrashAtTheEndIT extends Crashes {
    @Override
    List<String> effects() {
        return List.of("FORGET", "DESTROY", "WITHDRAW");
    }

    /** The one that signs, and its standby. */
    @Override
    int keysAtFirst() {
        return 2;
    }

    @Test
    @Order(1)
    void itBeginsWithAKeyThatSigns() {
        bed.start().startOpenDkim();
        awaitTheSameState();
    }

    @Test
    @Order(4)
    void bothKilledWithAnUpdateUnderWayEndInTheSameState() {
        orderAndStopNamedInTheMiddle();

        bed.kill9();
        bed.bind().primary().kill();
        bed.bind().primary().start();
        bed.start();

        awaitTheSameState();
    }
}
