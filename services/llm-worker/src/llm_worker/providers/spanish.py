"""Spanish, as callers speak it; pure."""

from llm_worker.providers.spoken import Answers, Spoken, Stemming

SPANISH = Spoken(
    Answers(
        unknown="Lo siento, eso no lo sé. ¿Puedo ayudarle en algo más?",
        welcome="De nada. ¿Puedo ayudarle en algo más?",
        farewell="Gracias por llamar. Hasta luego.",
        hello="Hola. ¿En qué le puedo ayudar?",
    ),
    Stemming(endings=("lo", "la", "es", "as", "os", "a", "o", "e", "s")),
    grammar=(
        "a al ante con contra de del desde durante en entre hacia hasta para por según sin sobre "
        "tras el la los las lo un una unos unas y e o u ni que qué si sí como cómo cuando cuándo "
        "donde dónde adónde cual cuál cuáles quien quién quiénes cuanto cuánto cuánta cuántos "
        "cuántas porque es son era fue ser estar está están estoy queda quedan tiene tienen tengo "
        "hay haber va van voy ir viene puede pueden puedo podría quisiera querría quiero quiere "
        "gustaría necesito necesita debo debe hace hacer hago existe existen tener me mí mi mis "
        "te ti tu tus usted ustedes su sus él ella ellos ellas nosotros yo eso esto ese esa este "
        "esta esos esas aquel aquella se le les nos allí aquí ahí ya aún todavía también solo muy "
        "mucho más menos bien bueno buena buenos buenas entonces ahora hoy mañana ayer no saber "
        "sé decir dígame diga habla hablar cuente informar información duda pregunta favor "
        "gracias perdone perdón disculpe hola aló alguien algo algún alguna algunos algunas cosa "
        "cosas otro otra otros otras ok vale claro todo día días hora horas vez mucha muchas "
        "muchos celebra celebran llego llegar llega mandan mandar envían enviar años"
    ),
    groups=(
        "cuesta cuestan costo coste precio precios valor tarifa pagar paga pagan reales dólares "
        "gratis gratuita",
        "abre abren apertura inicio empieza empiezan comienza comienzan inaugural",
        "cierra cierran cerrado termina terminan acaba fin",
        "acreditación credencial inscripción registro",
        "entrada entradas boleto boletos billete billetes ticket pase",
        "programa programación agenda horario",
        "charla charlas ponencia ponencias presentación conferencias",
        "ponente ponentes orador oradores conferencista",
        "taller talleres",
        "almuerzo almorzar comida comer comidas vegetariano vegetarianos vegetariana",
        "fiesta clausura",
        "sede lugar dirección ubicación centro local",
        "estacionamiento estacionar aparcamiento aparcar parqueo coche carro auto",
        "metro estación autobús tren",
        "rampa ascensor elevador silla ruedas accesibilidad accesible",
        "reembolso reembolsar devolución devolver dinero devuelven",
        "pasar transferir cambiar traspasar",
        "estudiante estudiantes alumno alumnos",
        "niño niños niña niñas hijo hijos hija hijas bebé",
        "traducción traductor intérprete interpretación",
        "inalámbrica wifi wi internet red contraseña clave",
        "hotel hoteles alojamiento hospedaje alojarse",
        "tarjeta pix",
        "factura recibo comprobante",
        "grabación grabaciones grabadas vídeo video videos",
        "maleta maletas equipaje consigna abrigo",
        "instalación instalar instalan",
        "prueba probar",
        "permanencia cancelar contrato firmar",
    ),
    phrases={
        "cuánto es": "cuesta",
        "cuánto vale": "cuesta",
        "dónde es": "sede",
        "dónde está": "sede",
        "dónde queda": "sede",
    },
    thanks="gracias agradezco",
    greetings="hola aló buenos buenas días tardes noches",
    goodbyes="adiós chao chau luego",
)
