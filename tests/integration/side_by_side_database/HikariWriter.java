import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Writes rows as Tessera does: pgjdbc, and HikariCP as it is unless told otherwise; each row takes a
 * connection from the pool and gives it back.  Arguments: URL, user, names of writers (a thread for each).
 *
 * A line for each row that was acknowledged, "row WRITER NUMBER PORT SENT ACKNOWLEDGED" (microseconds since
 * 1970), and for each that was not: "error WRITER NUMBER SENT NOW SQLSTATE TEXT".
 */
public class HikariWriter {
    private static final String INSERT = "INSERT INTO rows (writer, number) VALUES (?, ?) RETURNING port";
    private static final long PAUSE = 10;

    public static void main(String[] arguments) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(arguments[0]);
        config.setUsername(arguments[1]);
        HikariDataSource pool = new HikariDataSource(config);
        for (int index = 2; index < arguments.length; index++) {
            String name = arguments[index];
            new Thread(() -> write(pool, name)).start();
        }
    }

    private static void write(HikariDataSource pool, String name) {
        for (int number = 1; ; number++) {
            long sent = now();
            try (Connection connection = pool.getConnection();
                    PreparedStatement statement = connection.prepareStatement(INSERT)) {
                // Not while it waited for a connection: then it was not sent.
                sent = now();
                statement.setString(1, name);
                statement.setInt(2, number);
                try (ResultSet found = statement.executeQuery()) {
                    found.next();
                    say("row " + name + " " + number + " " + found.getInt(1) + " " + sent + " " + now());
                }
            } catch (SQLException error) {
                String text = error.getMessage().replaceAll("\\s+", " ");
                String state = error.getSQLState() == null ? "-" : error.getSQLState();
                say("error " + name + " " + number + " " + sent + " " + now() + " " + state + " " + text);
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
