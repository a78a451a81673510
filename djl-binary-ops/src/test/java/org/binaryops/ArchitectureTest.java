/*
 * Copyright 2026 the djl-binary-ops authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.binaryops;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** The arrows between the packages, which run down only. */
@AnalyzeClasses(packages = "org.binaryops", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "org.binaryops.";

    /** For each package, the packages of this library that it may use. A new one must be added. */
    private static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    Map.entry("gradient", Set.of()),
                    Map.entry("engine", Set.of("gradient")),
                    Map.entry("quantizer", Set.of("gradient")),
                    Map.entry("quantizer.codebook", Set.of("quantizer", "gradient")),
                    Map.entry("nn", Set.of("quantizer", "engine", "gradient")),
                    Map.entry("attention", Set.of("nn", "kan", "quantizer", "gradient")),
                    Map.entry("kan.symbolic", Set.of("gradient")),
                    Map.entry("kan", Set.of("kan.symbolic", "quantizer", "engine", "gradient")),
                    Map.entry(
                            "kan.training",
                            Set.of("kan", "kan.reading", "training.optimizer", "gradient")),
                    Map.entry("kan.reading", Set.of("kan", "kan.symbolic")),
                    Map.entry("kan.drawing", Set.of("kan", "kan.reading", "kan.symbolic")),
                    Map.entry("monoid", Set.of("quantizer", "gradient")),
                    Map.entry("graph", Set.of("monoid", "gradient")),
                    Map.entry("training", Set.of("nn", "quantizer", "gradient", "packed.reuse")),
                    Map.entry("training.optimizer", Set.of("gradient")),
                    Map.entry("network", Set.of("nn", "quantizer", "gradient")),
                    Map.entry("packed", Set.of("packed.kernel", "packed.reuse")),
                    Map.entry("packed.kernel", Set.of()),
                    Map.entry("packed.djl", Set.of("packed")),
                    Map.entry("packed.reuse", Set.of("packed.kernel")),
                    Map.entry("packed.compiler", Set.of("packed", "nn", "quantizer", "gradient")));

    @Test
    void everyPackageUsesOnlyThoseBelowIt() {
        JavaClasses library =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.binaryops");
        Set<String> wrong = new TreeSet<>();
        Set<String> seen = new TreeSet<>();
        for (JavaClass from : library) {
            String source = name(from);
            seen.add(source);
            from.getDirectDependenciesFromSelf().stream()
                    .map(d -> d.getTargetClass().getBaseComponentType())
                    .filter(c -> c.getPackageName().startsWith(ROOT))
                    .map(ArchitectureTest::name)
                    .filter(target -> !target.equals(source))
                    .filter(target -> !MAY_USE.getOrDefault(source, Set.of()).contains(target))
                    .forEach(target -> wrong.add(source + " -> " + target));
        }
        assertEquals(Set.of(), wrong);
        assertEquals(new TreeSet<>(MAY_USE.keySet()), seen, "packages of the library");
    }

    /** Else a gradient that a collection of the garbage spoils passes where none happens. */
    @Test
    void testsGoBackwardAfterACollection() {
        JavaClasses tests =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                        .importPackages("org.binaryops");
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Gradients.class.getName())
                // A GPU has copies of its own.
                .and()
                .haveSimpleNameNotEndingWith("GpuTest")
                .should()
                .callMethodWhere(
                        target(nameMatching("backward"))
                                .and(target(owner(assignableTo(GradientCollector.class)))))
                .because("Gradients.backward collects the garbage before it")
                .check(tests);
    }

    private static String name(JavaClass type) {
        return type.getPackageName().substring(ROOT.length());
    }

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("org.binaryops.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_RUNTIME_USES_ONLY_THE_JDK =
            classes()
                    .that()
                    .resideInAnyPackage(
                            "org.binaryops.packed",
                            "org.binaryops.packed.kernel",
                            "org.binaryops.packed.reuse")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "jdk.incubator.vector",
                            "org.binaryops.packed",
                            "org.binaryops.packed.kernel",
                            "org.binaryops.packed.reuse");

    @ArchTest
    static final ArchRule NO_ENGINE =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("ai.djl.pytorch..", "org.tribuo..");

    /** Copies to the host would stall a CUDA stream on every forward pass. */
    @ArchTest
    static final ArchRule NO_HOST_COPIES =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "org.binaryops.gradient..",
                            "org.binaryops.quantizer..",
                            "org.binaryops.nn..",
                            "org.binaryops.network..",
                            "org.binaryops.attention..",
                            "org.binaryops.monoid..",
                            "org.binaryops.graph..",
                            "org.binaryops.kan..")
                    // Start values and fits, not forward passes, are computed on the host.
                    .and()
                    .doNotHaveSimpleName("EdgeSplines")
                    .and()
                    .doNotHaveSimpleName("BSplineBasis")
                    // These look at a network from outside.
                    .and()
                    .resideOutsideOfPackages(
                            "org.binaryops.kan.reading", "org.binaryops.kan.drawing")
                    // The value of a loss, for who watches a fit.
                    .and()
                    .doNotHaveSimpleName("KanFit")
                    // The data of a fit or a reading, checked before it begins.
                    .and()
                    .doNotHaveSimpleName("FiniteSamples")
                    // A mask, of which the shape of a ragged computation follows; a check for NaN.
                    .and()
                    .doNotHaveSimpleName("HostReads")
                    // One number, once for each engine.
                    .and()
                    .doNotHaveSimpleName("DetachedAlias")
                    .should(
                            new ArchCondition<JavaClass>("copy arrays to the host") {
                                @Override
                                public void check(JavaClass type, ConditionEvents events) {
                                    type.getMethodCallsFromSelf().stream()
                                            .filter(ArchitectureTest::copiesToHost)
                                            .forEach(
                                                    call ->
                                                            events.add(
                                                                    SimpleConditionEvent.satisfied(
                                                                            call,
                                                                            call
                                                                                    .getDescription())));
                                }
                            });

    private static boolean copiesToHost(JavaMethodCall call) {
        String method = call.getName();
        return call.getTargetOwner().isAssignableTo(NDArray.class)
                && (method.matches("to\\w*(Array|Buffer)")
                        || method.matches("get(Float|Double|Int|Long|Byte|Boolean|Uint8)"));
    }
}
