import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.languagetool.JLanguageTool;
import org.languagetool.Language;
import org.languagetool.language.BritishEnglish;
import org.languagetool.language.Dutch;
import org.languagetool.rules.RuleMatch;

/**
 * Judges texts by LanguageTool, and prints what no word of words.txt and no line of rules.txt explains. A word or a line that nothing needs is
 * printed too. Ends with 1 if anything of that was printed.
 *
 * <p>Arguments: file with a text a line as JSON (texts.py), words.txt, rules.txt; `--long` also prints Dutch sentences that are too long.
 */
public final class Check {
    /** The most words of a Dutch sentence that is read in a hurry; tests/front/sentences.rs holds mails and errors to it. */
    private static final int MOST_WORDS = 15;

    /** Texts with a fault of grammar and one of spelling, which each language must find, or it judges nothing. */
    private static final Map<String, String> WRONG = Map.of("nl", "Hij word ziek van een zorblat.", "en", "He have an book and a zorblat.");

    /** A text; each part is [from, to). */
    private record Text(String place, String language, String says, List<int[]> values, List<int[]> names, List<int[]> code) {
        static Text of(JsonNode node) {
            return new Text(node.get("place").asText(), node.get("language").asText(), node.get("text").asText(), parts(node.get("values")),
                parts(node.get("names")), parts(node.get("code")));
        }

        private static List<int[]> parts(JsonNode node) {
            List<int[]> parts = new ArrayList<>();
            node.forEach(part -> parts.add(new int[] {part.get(0).asInt(), part.get(1).asInt()}));
            return parts;
        }

        /** Whether a passage is a name, or has to do with code. */
        boolean isNoLanguage(int from, int to) {
            return names.stream().anyMatch(name -> name[0] <= from && to <= name[1])
                || code.stream().anyMatch(part -> from < part[1] && part[0] < to);
        }

        /** The text as its words are counted: a value is one word. */
        String counted() {
            StringBuilder counted = new StringBuilder();
            int end = 0;
            for (int[] value : values) {
                counted.append(says, end, value[0]).append("Iets");
                end = value[1];
            }
            return counted.append(says.substring(end)).toString();
        }

        /** What it is, as far as the length of its sentences matters. */
        String kind() {
            if (place.contains("breach_controller") || place.contains("breach_adviser")) {
                return "letters, which quote the law";
            }
            if (place.startsWith("handlers/mail/") || place.contains("/mail/snapshots/")) {
                return place.endsWith(".snap") ? "e-mails with dates and names in full" : "e-mails";
            }
            return place.contains(" problem.") || place.contains(" field.") ? "errors" : "other texts";
        }
    }

    private record Finding(Text text, String rule, boolean ofSpelling, String passage, String sentence, String message, List<String> better) {
        static Finding of(Text text, RuleMatch match) {
            String passage = text.says.substring(match.getFromPos(), match.getToPos()).strip();
            String sentence = match.getSentence() == null ? text.says : match.getSentence().getText();
            return new Finding(text, match.getRule().getId(), match.getRule().isDictionaryBasedSpellingRule(), passage, sentence.strip(),
                match.getMessage().replace("<suggestion>", "“").replace("</suggestion>", "”"), match.getSuggestedReplacements());
        }

        @Override public String toString() {
            String instead = better.isEmpty() ? "" : " -> " + String.join(", ", better.subList(0, Math.min(3, better.size())));
            return "%s%n  %s%n  %s %s: “%s”%s (%s)".formatted(text.place, sentence, text.language, rule, passage, instead, message);
        }
    }

    /** A line of rules.txt. `*` is any language and any passage, and any end of a place. */
    private record Off(String language, String rule, Pattern place, String passage, String line) {
        static Off parse(String line) {
            String[] cells = line.split("\\s+\\|\\s+", 5);
            if (cells.length != 5 || cells[4].isBlank()) {
                throw new IllegalArgumentException("not “language | rule | place | passage | why”: " + line);
            }
            Pattern place = Pattern.compile("\\Q" + cells[2].replace("*", "\\E.*\\Q") + "\\E");
            return new Off(cells[0], cells[1], place, cells[3], line);
        }

        boolean covers(Finding finding) {
            return isOr(language, finding.text.language) && rule.equals(finding.rule) && isOr(passage, finding.passage)
                && place.matcher(finding.text.place).matches();
        }

        private static boolean isOr(String wanted, String value) {
            return wanted.equals("*") || wanted.equals(value);
        }
    }

    /** What is found in the texts of one language. */
    private record Judged(String language, int texts, List<Finding> findings, Map<String, List<String>> tooLong) {}

    private final Set<String> words;
    private final List<Off> rules;
    /** Words and rules that explained something. */
    private final Set<Object> used = new HashSet<>();

    private Check(Path words, Path rules) throws IOException {
        this.words = new HashSet<>(lines(words));
        this.rules = lines(rules).stream().map(Off::parse).toList();
    }

    private static List<String> lines(Path path) throws IOException {
        return Files.readAllLines(path).stream().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
    }

    public static void main(String[] arguments) throws Exception {
        Check check = new Check(Path.of(arguments[1]), Path.of(arguments[2]));
        int left = 0;
        for (Judged judged : judge(read(Path.of(arguments[0])))) {
            left += check.print(judged, List.of(arguments).contains("--long"));
        }
        left += check.printUnused();
        System.out.println("language: " + left + " findings");
        System.exit(left == 0 ? 0 : 1);
    }

    /** The texts by language; the same words count once, at the place where they stand first. */
    private static Map<String, Map<String, Text>> read(Path path) throws IOException {
        Map<String, Map<String, Text>> texts = new TreeMap<>();
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(path)) {
            Text text = Text.of(json.readTree(line));
            texts.computeIfAbsent(text.language, any -> new LinkedHashMap<>()).putIfAbsent(text.says, text);
        }
        return texts;
    }

    /** Both languages at once. */
    private static List<Judged> judge(Map<String, Map<String, Text>> texts) throws Exception {
        ExecutorService each = Executors.newFixedThreadPool(texts.size());
        List<Future<Judged>> begun = new ArrayList<>();
        texts.forEach((language, of) -> begun.add(each.submit(() -> judge(language, of.values()))));
        each.shutdown();
        List<Judged> judged = new ArrayList<>();
        for (Future<Judged> one : begun) {
            judged.add(one.get());
        }
        return judged;
    }

    private static Judged judge(String name, Collection<Text> texts) throws IOException {
        Language language = name.equals("nl") ? new Dutch() : BritishEnglish.getInstance();
        JLanguageTool tool = new JLanguageTool(language);
        Set<Boolean> ofSpelling = new HashSet<>();
        tool.check(WRONG.get(name)).forEach(match -> ofSpelling.add(match.getRule().isDictionaryBasedSpellingRule()));
        if (ofSpelling.size() < 2) {
            throw new IllegalStateException("LanguageTool finds too little wrong with: " + WRONG.get(name));
        }
        Judged judged = new Judged(name, texts.size(), new ArrayList<>(), new TreeMap<>());
        for (Text text : texts) {
            tool.check(text.says).stream().filter(match -> !text.isNoLanguage(match.getFromPos(), match.getToPos()))
                .forEach(match -> judged.findings.add(Finding.of(text, match)));
            if (name.equals("nl")) {
                List<String> sentences = judged.tooLong.computeIfAbsent(text.kind(), any -> new ArrayList<>());
                tool.sentenceTokenize(text.counted()).stream().filter(sentence -> sentence.strip().split("\\s+").length > MOST_WORDS)
                    .forEach(sentence -> sentences.add(text.place + ": " + sentence.strip()));
            }
        }
        return judged;
    }

    private boolean isExplained(Finding finding) {
        if (finding.ofSpelling && words.contains(finding.passage)) {
            used.add(finding.passage);
            return true;
        }
        List<Off> off = rules.stream().filter(rule -> rule.covers(finding)).toList();
        used.addAll(off);
        return !off.isEmpty();
    }

    private int print(Judged judged, boolean withLong) {
        List<Finding> left = judged.findings.stream().filter(finding -> !isExplained(finding)).toList();
        left.forEach(System.out::println);
        judged.tooLong.forEach((kind, sentences) -> {
            if (withLong) {
                sentences.forEach(System.out::println);
            }
            System.out.println("sentences of more than " + MOST_WORDS + " words, " + judged.language + ", " + kind + ": " + sentences.size());
        });
        System.out.println("texts, " + judged.language + ": " + judged.texts);
        return left.size();
    }

    private int printUnused() {
        List<String> unused = new ArrayList<>();
        words.stream().filter(word -> !used.contains(word)).sorted().forEach(word -> unused.add("words.txt: " + word));
        rules.stream().filter(rule -> !used.contains(rule)).forEach(rule -> unused.add("rules.txt: " + rule.line));
        unused.forEach(line -> System.out.println("nothing needs " + line));
        return unused.size();
    }
}
