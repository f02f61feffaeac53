package org.selectord.dnsupdate.dnsjava;

import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.bed.BindBed;

class UpdateTargetOnBindIT extends UpdateTargetContract {
    private Optional<BindBed> bed = Optional.empty();

    @Override
    void start() {
        bed = Optional.of(BindBed.start(2, ZONE));
    }

    @Override
    DnsSettings settings() {
        return bed.orElseThrow().settings();
    }

    @Override
    List<String> soa() {
        return bed.orElseThrow().primary().dig("example.org", "SOA");
    }

    @Override
    void stop() {
        bed.ifPresent(BindBed::close);
    }
}
