package org.selectord;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.selectord.keystore.PrivateKeyPem;

/** Arrows point inward: which package may know which. */
@AnalyzeClasses(packages = "org.selectord", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
    @ArchTest
    static final ArchRule keysKnowNothingOfOurs = noOther("..selectord.key..", "..selectord.key..");

    @ArchTest
    static final ArchRule theKeystoreKnowsKeysOnly =
            noOther("..selectord.keystore..", "..selectord.keystore..", "..selectord.key..");

    @ArchTest
    static final ArchRule dnsupdateKnowsNoDkim = noOther("..selectord.dnsupdate..", "..selectord.dnsupdate..");

    @ArchTest
    static final ArchRule theDnsLibraryIsBehindOnePackage = noClasses()
            .that()
            .resideOutsideOfPackage("org.selectord.dnsupdate.dnsjava..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.xbill..");

    @ArchTest
    static final ArchRule theVaultDriverIsBehindOnePackage = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.selectord.keystore.vault..", "org.selectord.keystore.bed..", "io.github.jopenlibs..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.github.jopenlibs..");

    @ArchTest
    static final ArchRule theHeartKnowsPortsAndValuesOnly = noOther(
            "org.selectord.rotation..",
            "org.selectord.rotation..",
            "org.selectord.key",
            "org.selectord.keystore",
            "org.selectord.dnsupdate");

    @ArchTest
    static final ArchRule theHeartIsPlainJava = noClasses()
            .that()
            .resideInAPackage("org.selectord.rotation..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.quartz..",
                    "io.javalin..",
                    "java.sql..",
                    "java.nio.file..",
                    "org.jdbi..",
                    "tools.jackson..",
                    "io.micrometer..");

    @ArchTest
    static final ArchRule theHeartHoldsNoPrivateHalf = noClasses()
            .that()
            .resideInAPackage("org.selectord.rotation..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(PrivateKeyPem.class);

    @ArchTest
    static final ArchRule theProofKnowsKeysAndDns =
            noOther("org.selectord.proof..", "org.selectord.proof..", "org.selectord.key", "org.selectord.dnsupdate");

    @ArchTest
    static final ArchRule adaptersNeverKnowEachOther = SlicesRuleDefinition.slices()
            .matching("org.selectord.(registry|signer|schedule|metrics)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule adaptersKnowTheHeartAndThePorts = noOther(
            "org.selectord.(registry|signer|schedule|metrics)..",
            "org.selectord.registry..",
            "org.selectord.signer..",
            "org.selectord.schedule..",
            "org.selectord.metrics..",
            "org.selectord.rotation",
            "org.selectord.proof",
            "org.selectord.key",
            "org.selectord.keystore",
            "org.selectord.dnsupdate");

    @ArchTest
    static final ArchRule theAdminPortKnowsTheHeart = noOther(
            "org.selectord.admin",
            "org.selectord.admin..",
            "org.selectord.rotation",
            "org.selectord.key",
            "org.selectord.keystore",
            "org.selectord.dnsupdate");

    @ArchTest
    static final ArchRule theCommandLineKnowsTheApiOnly =
            noOther("org.selectord.cli..", "org.selectord.cli..", "org.selectord.admin.api..");

    @ArchTest
    static final ArchRule onlyTheWiringKnowsTheConfiguration = classes()
            .that()
            .resideInAPackage("org.selectord.config..")
            .should()
            .onlyHaveDependentClassesThat()
            .resideInAnyPackage("org.selectord.config..", "org.selectord.daemon..");

    /** Classes of a package depend on nothing of ours but the packages named. */
    private static ArchRule noOther(String of, String... allowed) {
        return noClasses()
                .that()
                .resideInAPackage(of)
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("org.selectord..")
                        .and(JavaClass.Predicates.resideOutsideOfPackages(allowed)))
                .allowEmptyShould(true);
    }
}
