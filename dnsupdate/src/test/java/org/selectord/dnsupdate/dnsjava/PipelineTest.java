package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class PipelineTest {
    private static final Deadline SOON = Deadline.in(Duration.ofSeconds(20));

    @Test
    void repliesInAnyOrderFindTheirRequestsAlsoWhenTwoHadTheSameId() {
        List<Message> requests = questions(200);
        requests.forEach(request -> request.getHeader().setID(7));
        Backwards server = new Backwards(Integer.MAX_VALUE);
        List<Reply> replies = new Pipeline(server, Exchange.plain()).run(requests, SOON, () -> SOON);
        for (int i = 0; i < replies.size(); i++) {
            assertThat(replies.get(i)).isInstanceOf(Reply.Answered.class);
            Reply.Answered answered = (Reply.Answered) replies.get(i);
            assertThat(answered.message().getQuestion())
                    .isEqualTo(requests.get(i).getQuestion());
        }
        assertThat(server.mostUnderWay).isBetween(2, 64);
    }

    @Test
    void whatWasNeverSentIsKnownToBeSo() {
        List<Reply> replies = new Pipeline(new Backwards(1), Exchange.plain()).run(questions(200), SOON, () -> SOON);
        assertThat(replies).filteredOn(Reply.Answered.class::isInstance).hasSize(1);
        assertThat(replies).filteredOn(Reply.Unbelieved.class::isInstance).hasSize(63);
        assertThat(replies.subList(64, 200)).allMatch(Reply.NotSent.class::isInstance);
    }

    @Test
    void nothingIsSentAfterTheDeadline() {
        Deadline over = Deadline.in(Duration.ZERO);
        Backwards server = new Backwards(Integer.MAX_VALUE);
        assertThat(new Pipeline(server, Exchange.plain()).run(questions(1), over, () -> over))
                .allMatch(Reply.NotSent.class::isInstance);
        assertThat(server.mostUnderWay).isZero();

        List<Reply> replies = new Pipeline(server, Exchange.plain()).run(questions(200), SOON, () -> over);
        assertThat(replies).filteredOn(Reply.Answered.class::isInstance).isNotEmpty();
        assertThat(replies.subList(64, 200)).allMatch(Reply.NotSent.class::isInstance);
    }

    private static List<Message> questions(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Questions.query(Given.APEX.child("n" + i), Type.TXT))
                .toList();
    }

    /** Answers the newest question first, and so many in all. */
    private static final class Backwards implements Connection {
        private final List<byte[]> asked = new ArrayList<>();
        private int left;
        private int mostUnderWay;

        Backwards(int answers) {
            this.left = answers;
        }

        @Override
        public void send(List<byte[]> messages, Deadline deadline) {
            asked.addAll(messages);
            mostUnderWay = Math.max(mostUnderWay, asked.size());
        }

        @Override
        public byte[] receive(Deadline deadline) throws IOException {
            if (left-- == 0) {
                throw new EOFException("closed");
            }
            return ScriptedPeer.reply(new Message(asked.remove(asked.size() - 1)), Rcode.NOERROR)
                    .toWire();
        }

        @Override
        public boolean isQuiet() {
            return true;
        }

        @Override
        public void close() {}
    }
}
