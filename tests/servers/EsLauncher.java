import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** Starts one Elasticsearch node without the distribution's scripts: java EsLauncher.java HOME key=value... */
public class EsLauncher {
    public static void main(String[] args) throws Exception {
        var home = Path.of(args[0]);
        var settings = Settings.builder().put("path.home", home.toString());
        for (int i = 1; i < args.length; i++) {
            var pair = args[i].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        var environment = new Environment(settings.build(), home.resolve("config"));
        LogConfigurator.configureWithoutConfig(environment.settings());
        var modules = PluginsLoader.loadModulesBundles(home.resolve("modules"), false);
        var plugins = PluginsLoader.loadPluginsBundles(home.resolve("plugins"), false);
        var node = new Node(environment, PluginsLoader.createPluginsLoader(modules, plugins, Map.of())).start();

        var closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (java.io.IOException e) {
                e.printStackTrace();
            }
            closed.countDown();
        }));
        closed.await();
    }
}
