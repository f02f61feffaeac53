package org.selectord.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private final AtomicLong nanos = new AtomicLong(-5);
    private final TokenBucket bucket = new TokenBucket(3, 2, nanos::get);

    private long taken(int tries) {
        return IntStream.range(0, tries).filter(i -> bucket.take()).count();
    }

    @Test
    void givesSoManyAtOnceAndThenSoManyASecond() {
        assertThat(taken(5)).isEqualTo(3);
        nanos.addAndGet(Duration.ofMillis(499).toNanos());
        assertThat(taken(1)).isZero();
        nanos.addAndGet(Duration.ofMillis(2).toNanos());
        assertThat(taken(2)).isOne();
        nanos.addAndGet(Duration.ofDays(9).toNanos());
        assertThat(taken(5)).isEqualTo(3);
    }
}
